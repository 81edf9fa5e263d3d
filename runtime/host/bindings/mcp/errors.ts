/** What went wrong with an MCP server or with what it was asked. */
export class McpError extends Error {
  override readonly name = 'McpError';
  constructor(
    message: string,
    readonly code: McpErrorCode,
  ) {
    super(message);
  }
}

export type McpErrorCode =
  /** A server specification that means nothing. */
  | 'MCP_SPEC_INVALID'
  /** More servers than the limit. */
  | 'MCP_SERVER_LIMIT'
  /** The server could not be started, ended, or broke the protocol. */
  | 'MCP_SERVER_FAILED'
  /** The server did not answer in time. */
  | 'MCP_TIMEOUT'
  /** The caller gave up. */
  | 'MCP_CANCELLED'
  /** The server's tools are not the ones that were accepted. */
  | 'MCP_TOOLS_CHANGED'
  /** The server answered a request with an error. */
  | 'MCP_REQUEST_FAILED'
  /** Names of tools or imports collide. */
  | 'IMPORT_NAME_CONFLICT'
  | 'IMPORT_EXPORT_MISSING';

/** Longest piece of a server's own words that goes into one of our messages. */
const MAX_QUOTE = 2000;

/**
 * Text that came from a server, made safe for a terminal: no escape sequences, no control
 * characters, bounded; the end is kept, because that is where errors are.
 */
export function quoteServer(text: string): string {
  const plain = text
    .replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '')
    .trim();
  return plain.length > MAX_QUOTE ? `… ${plain.slice(-MAX_QUOTE)}` : plain;
}
