/** Where the propagation table and its examples disagree; used by the tests and by the mutation run. */

import { EMPTY, type Mark, makeMark } from '../../../runtime/shared/marks.js';
import { PROPAGATION, type PropagationKey, propagate } from '../../../runtime/shared/propagation.js';
import { PROPAGATION_EXAMPLES } from '../../../runtime/shared/propagation-examples.js';

/** The row's result when only one of its inputs is marked. */
export function only(key: PropagationKey, index: number, mark: Mark, strict = false): Mark {
  const marks = [EMPTY, EMPTY, EMPTY];
  marks[index] = mark;
  return propagate(PROPAGATION[key], strict, marks[0], marks[1], marks[2]);
}

/** `row: input` of every input whose join is not what the example says; in strict flow and without. */
export function contradictions(): string[] {
  const marked = makeMark({ labels: ['confidential'], taint: ['src:mcp'], sources: ['mcp:x'] });
  return (Object.keys(PROPAGATION) as PropagationKey[]).flatMap((key) =>
    PROPAGATION[key].inputs.flatMap((input, index) => {
      const { carries, strict } = PROPAGATION_EXAMPLES[key][input]!;
      const agrees = (inStrict: boolean, expected: boolean): boolean =>
        only(key, index, marked, inStrict).taint.includes('confidential') === expected;
      return agrees(false, carries && !strict) && agrees(true, carries) ? [] : [`${key}: ${input}`];
    }),
  );
}
