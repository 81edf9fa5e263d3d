/**
 * What crosses between the program realm and the host. The realm has exactly one host function:
 * `__host(channel, text)` sends JSON on a channel, `__host(body, args, cell, id?)` runs a js body.
 */

import type { MarkParts } from './marks.js';
import type { GuestEvent } from './security/events.js';

/** How the guest reaches the host. `call` blocks, `post` is answered later. */
export type Channel = 'call' | 'post' | 'exit' | 'chunk';

/**
 * The one function. To run a js body its index in the program's table stands for the channel, and
 * `text` is the JSON of its arguments (`CellArgument`). `cell` is a number the guest gives out: one for
 * each module and set of labels (runtime/guest/compartments.ts). The answer is the text of a reply
 * (`CELL_REPLY`); with an `id` nobody waits, and the reply comes to the guest's `settle`.
 */
export type Host = (channel: Channel | number, text: string, cell?: number, id?: string) => string | undefined;

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

/**
 * An argument of a js body: a scalar as it is, a container in a list, `[]` for undefined. A container may
 * bring the text it stands for where the body takes it for text; null: its JSON (language.md 8.1).
 */
export type CellArgument =
  | string
  | number
  | boolean
  | null
  | []
  | [data: unknown]
  | [data: unknown, text: string | null];

/**
 * How a reply of a cell begins. A result that is JSON is nothing but its JSON, which begins with none of
 * these; that is most of them, so the host passes them on as they are.
 */
export const CELL_REPLY = {
  /** The result is undefined. */
  undefined: '?',
  /** A number follows that JSON has no form for. */
  number: '#',
  /** The JSON of a `CellError` follows. */
  error: '!',
  /** Two lines of JSON, the texts that were logged and those meant for stderr, then any of the above. */
  output: '+',
} as const;

/** An error of a js body, in the words of Node; line and column count from 1 in the body's text. */
export interface CellError {
  name: string;
  message: string;
  line?: number;
  column?: number;
  /** The body the position is in: that of the call, or of a function of its shadow environment. */
  body?: number;
}

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
