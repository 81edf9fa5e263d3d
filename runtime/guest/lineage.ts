/**
 * The calls a value has passed through (`tools` of security.md 1.1). Every call makes a mark of its own
 * that way, so it is only written down in programs that ask for it.
 */

import { EMPTY, type Mark, makeMark } from '../shared/marks.js';
import type { Box } from './box.js';
import type { Executable } from './executable.js';

let isTracked = false;
let calls = 0;

/** Called by programs that read `.mx.tools` or `@mx.tools.history`. */
export function trackLineage(): void {
  isTracked = true;
}

/** What a call of the executable adds to the lineage of its result. */
export function passage(target: Executable, args: readonly (Box | undefined)[]): Mark {
  if (!isTracked) return EMPTY;
  const given = target.params.filter((_, i) => args[i] !== undefined);
  return makeMark({ tools: [{ name: target.wire ?? target.name, args: given, auditRef: `call-${++calls}` }] });
}
