import { EMPTY, join, type Mark } from '../shared/marks.js';
import { joiner, PROPAGATION } from '../shared/propagation.js';
import { isConfidential, WITHHELD } from '../shared/security/confidential.js';
import type { GuardContext } from './context.js';

/** One frame of the mlld call stack: the executable and the site it was called from. */
export interface Frame {
  name: string;
  site: number;
}

export interface ErrorInfo {
  /** Index into the program's site table, where the error happened. */
  site?: number;
  /** Lines of the `Details:` block (language.md 13.1). */
  details?: Record<string, unknown>;
  hint?: string;
  /** A position inside a js body, 1-based, for errors a cell reported. */
  body?: { index: number; line: number; column: number };
  /** For denials a `denied =>` arm may handle (security.md 3.7): what such an arm sees. */
  denied?: GuardContext;
  /** The first reason of a denial. */
  reason?: string;
}

/** Every error the guest runtime raises on purpose. */
export class MlldError extends Error {
  readonly frames: Frame[] = [];
  site: number | undefined;
  /** The marks of what failed was given: the message may quote it, and so does what is made of the message. */
  mark: Mark = EMPTY;

  constructor(
    /** Class name without `Error` as users see it: `FieldAccess`, `MlldDirective` (language.md 13.2). */
    readonly kind: string,
    readonly code: string,
    message: string,
    readonly info: ErrorInfo = {},
  ) {
    super(message);
    this.site = info.site;
  }
}

const FINAL_KINDS = new Set(['Guard', 'MlldDenial', 'MlldSecurity', 'MlldBail']);

/** Errors that end the run wherever they happen (seed.md 5 item 8). */
export function isFinal(error: Error): boolean {
  return !(error instanceof MlldError) ? error.name === 'InternalError' : FINAL_KINDS.has(error.kind);
}

const joinInput = joiner(PROPAGATION.failure, 'inputs');

/** Adds what an error owes to an input of what failed (security.md 1.4 row 55); answers the error. */
export function blame<E>(error: E, mark: Mark): E {
  if (error instanceof MlldError && mark !== EMPTY) error.mark = joinInput(error.mark, mark);
  return error;
}

/** The same of settings, which are words of messages: those of secrets are not told. */
export function blameSetting<E>(error: E, mark: Mark): E {
  if (error instanceof MlldError && isConfidential(mark)) error.message = WITHHELD;
  return blame(error, mark);
}

/** What a message made from the error may tell about. */
export function markOf(error: unknown, known: Mark = EMPTY): Mark {
  return error instanceof MlldError ? join(known, error.mark) : known;
}
