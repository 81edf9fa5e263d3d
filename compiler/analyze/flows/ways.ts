/** Where control may go behind a statement: a set, so that what may happen and what must are told apart. */

export type Ways = number;

/** On to the next statement. */
export const NEXT = 1;
/** Out of the executable or the script, by `=>`. */
export const RETURN = 2;
/** Out of the iteration: `done`, `continue`, `skip`, `retry`. */
export const LEAVE = 4;

/** The ways behind a statement that is reached by `before`. */
export function onward(before: Ways, after: Ways): Ways {
  return (before & ~NEXT) | after;
}
