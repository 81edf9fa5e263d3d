/**
 * Replies of a cell on their way to the program (protocol.ts `CELL_REPLY`). A cell's text is untrusted:
 * the engine that made it ran a script's own code. The guest parses it, each part for itself; here it is
 * only made sure that it is text, and errors are told in the words of Node.
 */

import { Buffer, isUtf8 } from 'node:buffer';
import { CELL_REPLY } from '../../shared/protocol.js';

/** An error as the harness writes it. */
export interface Thrown {
  name: string;
  message: string;
  /** The engine's stack text. */
  stack: string;
  /** The body did not compile. */
  isCompiling: boolean;
}

/** Begins the reply of a call that has to wait; the number of the call follows. */
export const WAITS = '~';

const [ERROR, OUTPUT, WAITING] = [CELL_REPLY.error, CELL_REPLY.output, WAITS].map((mark) => mark.charCodeAt(0));
const NEWLINE = 0x0a;

/** The number of a call that has to wait. */
export function waitingCall(reply: Uint8Array): string | undefined {
  return reply[0] === WAITING ? Buffer.from(reply).toString('latin1', 1) : undefined;
}

/**
 * A reply as the program gets it.
 *
 * @param describe gives the JSON of an error's description
 * @throws Error when the reply is no text, or its error has another form: then the cell's engine is not
 *   to be trusted any more
 */
export function readReply(reply: Uint8Array, describe: (thrown: Thrown) => string): Uint8Array {
  if (!isUtf8(reply)) throw malformed();
  const start = reply[0] === OUTPUT ? reply.lastIndexOf(NEWLINE) + 1 : 0;
  if (reply[start] !== ERROR) return reply;
  const text = Buffer.from(reply).toString();
  const end = text.lastIndexOf('\n') + 2;
  return Buffer.from(text.slice(0, end) + describe(readThrown(text.slice(end))));
}

/** The reply of a body that does not compile. */
export function errorReply(description: string): Uint8Array {
  return Buffer.from(CELL_REPLY.error + description);
}

function readThrown(json: string): Thrown {
  const [name, message, stack, ...more] = parseList(json);
  if (typeof name !== 'string' || typeof message !== 'string' || typeof stack !== 'string' || more.length > 0)
    throw malformed();
  return { name, message, stack, isCompiling: false };
}

function parseList(json: string): unknown[] {
  try {
    const list = JSON.parse(json) as unknown;
    if (Array.isArray(list)) return list;
  } catch {}
  throw malformed();
}

function malformed(): Error {
  return new Error('a cell gave a malformed reply');
}
