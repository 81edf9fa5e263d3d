import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { MAX_NESTING } from '../../../shared/nesting.js';

/** A way to one server: the SDK's transport and what we know besides the messages. */
export interface Channel {
  readonly transport: Transport;
  /** Process id of a server we started. */
  readonly pid?: number;
  /** Why the channel ended by itself, in words that follow the server's name; null while it lives. */
  ended(): string | null;
  /** Something odd worth adding to an error message, or the empty text. */
  remark(): string;
  /** Ends the server and everything it started. */
  stop(): Promise<void>;
}

/** The text for a message nobody can follow to its end. */
export const NESTED_TEXT = `sent a message nested deeper than ${MAX_NESTING} levels`;

/** The text for a message that was larger than allowed. */
export function floodText(maxBytes: number): string {
  const mebibytes = maxBytes / (1024 * 1024);
  return `sent a message larger than ${mebibytes >= 1 ? `${Math.floor(mebibytes)} MiB` : `${maxBytes} bytes`} and was stopped`;
}
