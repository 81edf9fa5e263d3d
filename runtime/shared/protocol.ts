/**
 * What crosses between the program realm and the host: one request kind, three reply kinds, all
 * JSON text. The realm has exactly one host function, `__host(channel, text)`.
 */

import type { MarkParts } from './marks.js';
import type { GuestEvent } from './security/events.js';

/** How the guest reaches the host. `call` blocks, `post` is answered later, `cell` runs a js body. */
export type Channel = 'call' | 'post' | 'cell' | 'cellPost' | 'exit' | 'chunk';

/** A value at the door: plain JSON data and the mark it carries (absent: empty). */
export interface DoorValue {
  data: unknown;
  mark?: MarkParts;
}

export interface DoorRequest {
  /** Unique within a run. */
  id: number;
  /** The name of an entry of the operation catalogue. */
  op: string;
  /** Named arguments, as the catalogue entry's schema says. */
  args: Record<string, DoorValue>;
  /** Index into the program's site table: the source position of the operation. */
  site: number;
  /** Policies that hold for this request besides the program's: ids that `policy.add` gave out. */
  under?: readonly number[];
  /** What happened in the realm since the last request, for the audit ledger: written before the operation is looked at. */
  events?: readonly GuestEvent[];
}

export interface Denial {
  code: string;
  message: string;
  rule?: string;
  label?: string;
  suggestions?: string[];
}

export interface DoorError {
  /** Class name without `Error`, as in language.md 13.1. */
  name: string;
  code: string;
  message: string;
  details?: Record<string, unknown>;
  hint?: string;
}

export type DoorReply =
  | { id: number; value: unknown; mark?: MarkParts }
  | { id: number; denied: Denial }
  | { id: number; error: DoorError };

/** A request to run a js body in a cell: plain data in, plain data out. */
export interface CellRequest {
  id: number;
  /** One for each module, and for each set of labels that goes in (runtime/guest/compartments.ts). */
  cell: string;
  /** Index of the body in the program's table of js bodies. */
  body: number;
  /** Parameter values in order; absent is `undefined`. */
  args: (CellArgument | null)[];
}

export interface CellArgument {
  data: unknown;
  /** What a container gives where the body takes it for text; null: its JSON (language.md 8.1). */
  text?: string | null;
}

/** What the body printed: lines of `console.log`, and lines meant for stderr. */
interface CellOutput {
  logs?: string[];
  stderr?: string[];
}

/** An error of a js body, in the words of Node; line and column count from 1 in the body's text. */
export interface CellError {
  name: string;
  message: string;
  line?: number;
  column?: number;
  /** The body the position is in: that of the call, or of a function of its shadow environment. */
  body?: number;
}

/** One of `value`, `undefined`, `number` (a result that JSON has no form for) and `error`. */
export type CellReply =
  | ({ id: number; value?: unknown; undefined?: true; number?: 'NaN' | 'Infinity' | '-Infinity' } & CellOutput)
  | ({ id: number; error: CellError } & CellOutput);

/** What the guest says on the channel `exit`: the program's end. */
export type ExitMessage =
  | { kind: 'done'; value: unknown }
  | {
      kind: 'error';
      error: {
        /** Class name; of errors the engine raised, the engine's name (`InternalError`, `SyntaxError`). */
        name: string;
        message: string;
        /** `INTERNAL` or nothing for errors that the runtime did not raise on purpose. */
        code?: string;
        /** `stack` of the error object, as the engine wrote it. */
        stack?: string;
        data?: unknown;
      };
    };

/** A command that ended with a status other than 0 in a run that went on. */
export interface CommandFailure {
  command: string;
  exitCode: number;
  /** The first line of what it said. */
  cause: string;
  site: number;
}
