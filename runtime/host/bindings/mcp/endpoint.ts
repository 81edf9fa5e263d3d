/**
 * The servers of an environment as one endpoint (security.md 9.4): all of them are started and
 * their tools filtered before anything runs, and a child reaches them through one unix socket,
 * where every call passes the caller's guards.
 */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { makeScratchFolder } from '../../isolation/scratch.js';
import type { McpPool } from './client.js';
import { type ConfiguredServer, type OfferedTool, offerTools } from './config.js';
import type { ToolResult } from './results.js';
import { type CallContext, type CallOutcome, serveSocket } from './server.js';
import { specLabel } from './spec.js';

export interface EndpointOptions {
  readonly pool: McpPool;
  readonly servers: readonly ConfiguredServer[];
  readonly version: string;
  /**
   * Decides on a call and carries it out with `forward`. What it throws is the answer: a result
   * with `isError`.
   */
  readonly call: (
    tool: OfferedTool,
    args: Readonly<Record<string, unknown>>,
    forward: () => Promise<ToolResult>,
    context: CallContext,
  ) => Promise<CallOutcome>;
}

export interface Endpoint {
  readonly tools: readonly OfferedTool[];
  /** Variables that tell a child about the endpoint. */
  readonly env: Readonly<Record<'MLLD_MCP_SOCKET' | 'MLLD_MCP_SERVERS', string>>;
  /** Ends all conversations and removes the socket; the servers belong to the pool. */
  close(): Promise<void>;
}

/**
 * Starts the servers and opens the endpoint.
 * @throws McpError when a server cannot be used or its tools are not as configured.
 */
export async function openEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { pool, servers, version, call } = options;
  const listed = await Promise.all(
    servers.map(async (config) => ({ config, tools: await pool.listTools(config.spec) })),
  );
  const tools = offerTools(listed);
  const byName = new Map(tools.map((tool) => [tool.definition.name, tool]));
  const folder = makeScratchFolder('mcp');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const socket = await serveSocket(path.join(folder, 'mcp.sock'), {
      tools: () => tools.map(({ definition }) => definition),
      version,
      call: (name, args, context) => {
        const tool = byName.get(name)!;
        const forward = () =>
          pool.callTool(tool.server, name, args, {
            signal: context.signal,
            onProgress: ({ progress, total, message }) => context.progress(progress, total, message),
          });
        return call(tool, args, forward, context);
      },
    });
    const names = servers.map(({ spec }) => ({
      name: specLabel(spec),
      tools: tools.filter((tool) => tool.server === spec).map(({ definition }) => definition.name),
    }));
    return {
      tools,
      env: { MLLD_MCP_SOCKET: socket.path, MLLD_MCP_SERVERS: JSON.stringify(names) },
      close: async () => {
        await socket.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
