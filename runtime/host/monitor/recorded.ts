/** What is recorded of a file that an operation writes (security.md 1.4 rows 47 to 50). */

import { EMPTY, type Mark } from '../../shared/marks.js';
import { joiner, PROPAGATION } from '../../shared/propagation.js';
import type { CheckedRequest } from './index.js';

interface Written {
  readonly value: (mark: Mark, input: Mark) => Mark;
  readonly path: (mark: Mark, input: Mark) => Mark;
}

/** The operations that write what they are given to where they are told. */
const WRITTEN: Readonly<Record<string, Written>> = {
  'file.write': writes(PROPAGATION.write),
  'file.append': writes(PROPAGATION.append),
};
const joinInputs = joiner(PROPAGATION.hostWrite, 'inputs');

function writes(row: typeof PROPAGATION.write): Written {
  return { value: joiner(row, 'value'), path: joiner(row, 'path') };
}

/** The mark a file is recorded with: of what went into it and of what named it. */
export function recordedMark({ op, marks, mark }: Pick<CheckedRequest, 'op' | 'marks' | 'mark'>): Mark {
  const written = WRITTEN[op];
  // A child may have put anything it was given into any file.
  if (!written) return joinInputs(EMPTY, mark);
  return written.path(written.value(EMPTY, marks.text ?? EMPTY), marks.path ?? EMPTY);
}
