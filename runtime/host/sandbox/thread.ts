/** What the main thread and the sandbox thread say to each other. */

import type { MessagePort } from 'node:worker_threads';
import type { JsBody } from '../../shared/bundle.js';
import type { Limits } from './limits.js';
import type { SandboxOutcome } from './options.js';

/** Slots of the shared Int32Array. */
export const CONTROL_BEAT = 0;
/** Set to 1 when the reply to a synchronous call lies in the `replies` port. */
export const CONTROL_REPLY = 1;
export const CONTROL_SLOTS = 2;

/** `workerData` of the sandbox thread. */
export interface ThreadSetup {
  control: Int32Array;
  /** Replies to synchronous calls, one at a time; read with `receiveMessageOnPort`. */
  replies: MessagePort;
  limits: Limits;
}

export type ToThread =
  /** `guest` is the guest runtime's text, or the images that `makeImage` has made of it. */
  | { type: 'boot'; engine: WebAssembly.Module; guest: string | Uint8Array }
  /** Asks for the images of a guest runtime; the thread does nothing else. */
  | { type: 'makeImage'; engine: WebAssembly.Module; guest: string }
  | {
      type: 'run';
      program: string;
      programName: string;
      /** JSON text for the guest's `start`. */
      start: string;
      chunks: Readonly<Record<string, string>>;
      bodies: readonly JsBody[];
    }
  /** The answer to a `post`, and how long the request was. */
  | { type: 'reply'; text: string; requestLength: number };

export type FromThread =
  /** A door request whose sender waits; answered through `replies`. */
  | { type: 'call'; text: string }
  /** A door request that is answered by a `reply` message. */
  | { type: 'post'; text: string }
  | { type: 'outcome'; outcome: SandboxOutcome }
  | { type: 'image'; image: Uint8Array };
