/** The sandbox as the rest of the host sees it. */

import type { JsBody } from '../../shared/bundle.js';
import type { DoorReply, DoorRequest } from '../../shared/protocol.js';
import type { LimitKind, Limits } from './limits.js';

/** Answers one door request. An exception it throws reaches the program as a denial. */
export type Door = (request: DoorRequest, signal: AbortSignal) => Promise<DoorReply> | DoorReply;

/** What a sandbox needs before the program is known. */
export interface SandboxSetup {
  /** The guest runtime: a script, or what `makeImage` has made of it with the same engine. */
  guest: string | { image: URL | Uint8Array };
  limits?: Partial<Limits>;
  /** The sandbox thread's code. Unless given, `worker.js` beside this module. */
  workerUrl?: URL;
  /** The engine. Unless given, `quickjs.wasm` beside this module. */
  engine?: URL | Uint8Array;
}

/** What a sandbox runs. */
export interface SandboxRun {
  /** The compiled program, a script. */
  program: string;
  /** File name of the program in stack traces. */
  programName: string;
  /** Further guest scripts, evaluated when the guest asks for them on the channel `chunk`. */
  chunks?: Readonly<Record<string, string>>;
  /** Passed to the guest's `start` as JSON. */
  start: unknown;
  bodies: readonly JsBody[];
  door: Door;
  /** Ends the run with the outcome `aborted`. */
  signal?: AbortSignal;
}

/** A position in the program's text, as the engine reports it (1-based). */
export interface StackEntry {
  fn: string;
  /** `programName`, the name of a chunk, `guest`, or `js-N`: then the place is in the text of body N. */
  file: string;
  line: number;
  column: number;
}

/** Code of errors that are a fault of the sandbox or the runtime, not of the script. */
export const INTERNAL_ERROR = 'SANDBOX_INTERNAL';

export interface SandboxError {
  /** Class name. */
  name: string;
  code: string;
  message: string;
  stack?: StackEntry[];
  /** Whatever else the guest reported with the error. */
  data?: unknown;
}

export type SandboxOutcome =
  | { kind: 'done'; value: unknown }
  | { kind: 'error'; error: SandboxError }
  | { kind: 'limit'; which: LimitKind; message: string; stack?: StackEntry[] }
  | { kind: 'aborted' };
