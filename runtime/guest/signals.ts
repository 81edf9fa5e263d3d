/**
 * Control words travel as values: an arm of a `when` or the body of an iteration answers a box, or
 * one of these when it wrote `skip`, `done`, `continue`, `retry` or (in a statement-`for`) `=>`.
 */

import type { Box } from './box.js';

export type SignalKind = 'skip' | 'done' | 'continue' | 'retry' | 'return';

export class Signal {
  constructor(
    readonly kind: SignalKind,
    /** The value of `done v`, `continue v`, `=> v`; the hint of `retry`. */
    readonly value: Box | null,
    readonly site: number,
  ) {}
}

/** What a body answers: a value, a control word, or nothing when it fell off its end. */
export type Outcome = Box | Signal | undefined;

export function signal(kind: SignalKind, value: Box | null, site: number): Signal {
  return new Signal(kind, value, site);
}
