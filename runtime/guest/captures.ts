/**
 * Captured variables: what the body of an executable reads from around it counts as its input
 * (security.md 1.4 row 30, leak 18), also through the executables it calls.
 */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import { Box } from './box.js';
import { type Steps, wait } from './dual.js';
import { Executable } from './executable.js';
import { Lazy, LazyAsync } from './modules.js';

/** The marked values a call reads beside its arguments; a literal nobody has used yet is evaluated. */
export function* capturedValues(target: Executable, seen = new Set<Executable>()): Steps<Box[]> {
  const values: Box[] = [];
  if (!target.captures || seen.has(target)) return values;
  seen.add(target);
  for (const variable of target.captures()) {
    const value: unknown =
      variable instanceof Lazy || variable instanceof LazyAsync ? yield* wait(variable.force()) : variable;
    if (!(value instanceof Box)) continue;
    if (value.value instanceof Executable) values.push(...(yield* capturedValues(value.value, seen)));
    if (value.deep !== EMPTY) values.push(value);
  }
  return values;
}

/** The join of what a call has read beside its arguments. What it called says itself what it read. */
export function capturedMark(target: Executable): Mark {
  let mark = EMPTY;
  for (const variable of target.captures!()) {
    const value = variable instanceof Lazy ? variable.known : variable;
    if (value instanceof Box && !(value.value instanceof Executable)) mark = join(mark, value.deep);
  }
  return mark;
}

/** Whether a call reads marked values beside its arguments, or may: what has to be waited for is not looked at. */
export function readsMarked(target: Executable, seen?: Set<Executable>): boolean {
  if (!target.captures || seen?.has(target)) return false;
  for (const variable of target.captures()) {
    if (variable instanceof LazyAsync) return true;
    const value = variable instanceof Lazy ? variable.force() : variable;
    if (!(value instanceof Box)) continue;
    if (value.deep !== EMPTY) return true;
    if (value.value instanceof Executable && readsMarked(value.value, (seen ?? new Set()).add(target))) return true;
  }
  return false;
}
