/** Servers the caller of a run supplies by name (security.md 8.1, `mcpServers`). */

import { McpError } from './errors.js';
import { parseServerSpec, type ServerSpec } from './spec.js';

/** A server as callers write it: what an import could say, or the entry of a client's configuration. */
export type McpServerEntry =
  | string
  | {
      readonly command: string;
      readonly args?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
    }
  | { readonly url: string; readonly headers?: Readonly<Record<string, string>> };

export type McpServers = Readonly<Record<string, McpServerEntry>>;

/**
 * The specifications behind the names. Their labels are the names, so messages show those.
 * @throws McpError (MCP_SPEC_INVALID)
 */
export function readMcpServers(servers: McpServers): Record<string, ServerSpec> {
  return Object.fromEntries(
    Object.entries(servers).map(([name, entry]) => [name, { ...readEntry(name, entry), name }]),
  );
}

function readEntry(name: string, entry: McpServerEntry): ServerSpec {
  if (typeof entry === 'string') return parseServerSpec(entry);
  if ('url' in entry && URL.canParse(entry.url))
    return { kind: 'http', url: entry.url, ...(entry.headers && { headers: entry.headers }) };
  if ('command' in entry && typeof entry.command === 'string' && entry.command !== '')
    return { kind: 'command', command: entry.command, args: entry.args ?? [], ...(entry.env && { env: entry.env }) };
  throw new McpError(
    `MCP server '${name}' must be a text, { command, args, env } or { url, headers }`,
    'MCP_SPEC_INVALID',
  );
}
