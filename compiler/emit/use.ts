/** What happens to the value of an action. */
export type Use =
  /** It is the result of the function: `return value`. */
  | 'value'
  /** Top level: it is printed. */
  | 'print'
  /** A statement in a function: a value is returned, effects go on. */
  | 'statement';
