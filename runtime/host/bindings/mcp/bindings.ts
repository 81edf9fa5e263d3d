/** `mcp.connect` and `mcp.call`: the tools of MCP servers (security.md 8.1, 8.2). */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { version } from '../../../../version.js';
import type { Subject } from '../../monitor/index.js';
import { planFor } from '../exec/boxed.js';
import type { Services } from '../services.js';
import { type BindingsOf, DeniedError, HostError } from '../types.js';
import type { McpPool, ServerSpec, ToolResult } from './client.js';
import { readToolLock } from './lock-file.js';

export interface McpBindings {
  readonly bindings: BindingsOf<'mcp'>;
  /** Stops all servers. */
  close(): Promise<void>;
}

/** Nothing of MCP is loaded before a program connects to a server. */
export function mcpBindings(services: Services): McpBindings {
  let pool: Promise<McpPool> | undefined;
  const open = () => (pool ??= openPool(services));

  return {
    bindings: {
      'mcp.connect': {
        subjects: ({ server }) => subjectsOf(server),
        async run({ server, names }) {
          return explained(async () => ({ value: await describeTools(await open(), server, names) }));
        },
      },
      'mcp.call': {
        subjects: ({ server }) => subjectsOf(server),
        async run({ server, tool, args }) {
          return explained(async () => {
            const servers = await open();
            const { buildArguments } = await import('./arguments.js');
            const info = (await servers.listTools(server)).find(({ name }) => name === tool);
            if (!info)
              throw new HostError(
                'MlldInterpreter',
                'MCP_TOOL_GONE',
                `MCP server '${server}' no longer has the tool '${tool}'`,
              );
            const given = buildArguments(info.inputSchema, args);
            const result = await servers.callTool(server, tool, given, { signal: services.closing });
            if (result.isError) throw await failure(tool, result);
            const tools = [{ name: tool, args: Object.keys(given) }];
            return { value: textValue(result), mark: { sources: [`mcp:${tool}`], tools } };
          });
        },
      },
    },
    async close() {
      // A pool that could not be opened has nothing to stop.
      const opened = await pool?.catch(() => undefined);
      await opened?.close();
    },
  };
}

async function openPool(services: Services): Promise<McpPool> {
  const { limitsFromEnvironment, McpPool } = await import('./client.js');
  const { root } = services.config;
  const cli = fileURLToPath(new URL('./cli.js', import.meta.url));
  const pool = new McpPool({
    cwd: root,
    version,
    limits: limitsFromEnvironment(services.environment),
    plan: (command) => planFor(services, command),
    ...(existsSync(cli) && { moduleCommand: (module: string) => [process.execPath, cli, 'mcp', module] as const }),
  });
  pool.pinTools(readToolLock(root));
  return pool;
}

/** What starting or reaching a server is, for the policies: a command, or a place on the network. */
async function subjectsOf(server: string): Promise<Subject[]> {
  const { parseServerSpec } = await import('./spec.js');
  const spec: ServerSpec = await explained(async () => parseServerSpec(server));
  switch (spec.kind) {
    case 'command':
      return [{ kind: 'command', command: [spec.command, ...spec.args].join(' ') }];
    case 'npm':
      return [{ kind: 'command', command: `npx --yes ${spec.npm}` }];
    case 'http':
      return [{ kind: 'url', url: spec.url, host: new URL(spec.url).host }];
    case 'module':
      // A program of its own, with no policies but those of its project (security.md 8.1).
      return [{ kind: 'command', command: `mlldc mcp ${spec.module}` }];
  }
}

/** The requested tools (all without `names`), each with its two names and its parameters. */
async function describeTools(pool: McpPool, server: string, names: readonly string[] | undefined) {
  const { ToolNames } = await import('./names.js');
  const { parameterOrder } = await import('./arguments.js');
  const tools = await pool.listTools(server);
  const known = new ToolNames(
    server,
    tools.map(({ name }) => name),
  );
  const wanted = names ? names.map((name): [string, string] => [name, known.resolve(name)]) : [...known.entries()];
  return wanted.map(([name, wire]) => {
    const tool = tools.find((candidate) => candidate.name === wire)!;
    return { name, wire, description: tool.description, params: parameterOrder(tool.inputSchema) };
  });
}

/** Structured content is data; parts that are no text stand beside it. */
function textValue({ text, structured, images, audio, resources }: ToolResult) {
  const parts = { ...(images && { images }), ...(audio && { audio }), ...(resources && { resources }) };
  return { text, ...(structured && { structured }), ...(Object.keys(parts).length > 0 && { parts }) };
}

async function failure(tool: string, result: ToolResult): Promise<HostError> {
  const { failureText } = await import('./results.js');
  const { quoteServer } = await import('./errors.js');
  return new HostError('MlldInterpreter', 'MCP_TOOL_FAILED', quoteServer(failureText(tool, result)), { tool });
}

const IMPORT_CODES = new Set(['IMPORT_EXPORT_MISSING', 'IMPORT_NAME_CONFLICT', 'MCP_SPEC_INVALID']);

/** What a server or its specification got wrong, as an error of the operation. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HostError || error instanceof DeniedError || !(error instanceof Error)) throw error;
    const code = String((error as { code?: unknown }).code ?? 'MCP_SERVER_FAILED');
    if (error.name === 'McpError' || error.name === 'ProgramNotFoundError')
      throw new HostError(IMPORT_CODES.has(code) ? 'MlldImport' : 'MlldInterpreter', code, error.message);
    throw error;
  }
}
