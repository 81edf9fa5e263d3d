/**
 * What a binding is: the code that carries out one operation of the catalogue once the monitor
 * has allowed it. `Bindings` is a mapped type over the catalogue, so a binding without an entry
 * and an entry without a binding are both compile errors.
 */

import type { Mark, MarkParts } from '../../shared/marks.js';
import type { ArgsOf, OperationName } from '../../shared/operations.js';
import type { Policy } from '../../shared/policy/types.js';
import type { Denial, DoorError } from '../../shared/protocol.js';
import type { AuditSignature, AuditWrite, Subject } from '../monitor/index.js';

export interface BindingResult {
  value: unknown;
  /** Concrete origins beyond the catalogue's taint: `command:git`, an absolute path. */
  mark?: MarkParts;
}

export interface BindingContext {
  /** The join of the arguments' marks; part of every result. */
  readonly mark: Mark;
  /** What `subjects` answered for this request, in the same order. */
  readonly subjects: readonly Subject[];
  /** Aborted when the run ends, or a policy gives the operation no more time. */
  readonly signal: AbortSignal;
  /** Milliseconds the operation may take; 0 is no limit. */
  readonly timeout: number;
  /** The policies that hold for the request. */
  readonly policies: readonly Policy[];
  /**
   * Asks the monitor about something that only turned up while the operation ran: a file a glob
   * matched, the target of a redirect.
   * @throws DeniedError when it is refused
   */
  permit(subject: Subject): Promise<void>;
  /** Reports a file that is about to be written to the audit log. */
  wrote(entry: Omit<AuditWrite, 'mark'>): Promise<void>;
  /** Reports that something was signed or verified to the audit log. */
  signed(entry: AuditSignature): Promise<void>;
  /** The mark the audit log remembers for a file (security.md 10.2). */
  restored(path: string): Promise<Mark>;
}

export interface Binding<Name extends OperationName> {
  /** What the request touches, for the monitor; runs before any decision and changes nothing. */
  subjects?(args: ArgsOf<Name>): Subject[] | Promise<Subject[]>;
  /** Which of the files that carry labels the operation may read besides its subjects. */
  reads?(args: ArgsOf<Name>, labelled: readonly string[]): string[];
  /** It runs code in a child, which has the environment the program has set up. */
  readonly inherits?: true;
  run(args: ArgsOf<Name>, context: BindingContext): BindingResult | Promise<BindingResult>;
}

export type Bindings = { readonly [Name in OperationName]: Binding<Name> };

/** The bindings of all operations whose name starts with one of the given prefixes. */
export type BindingsOf<Prefix extends string> = Pick<Bindings, Extract<OperationName, `${Prefix}.${string}`>>;

/** A failure the program may see: becomes the reply's `error`. */
export class HostError extends Error {
  constructor(
    /** Class name without `Error` as users see it (language.md 13.1). */
    readonly kind: string,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
    /** What to do about it. */
    readonly hint?: string,
  ) {
    super(message);
  }

  toDoorError(): DoorError {
    const error: DoorError = { name: this.kind, code: this.code, message: this.message };
    if (Object.keys(this.details).length > 0) error.details = this.details;
    if (this.hint !== undefined) error.hint = this.hint;
    return error;
  }
}

/** A refusal that came up while a binding ran: becomes the reply's `denied`. */
export class DeniedError extends Error {
  constructor(readonly denial: Denial) {
    super(denial.message);
  }
}
