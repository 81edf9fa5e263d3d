/** `mcp.…`: the tools of MCP servers (security.md 8.1, 8.2) and the servers of boxes (9.2). */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '../../../../version.js';
import { isConfidential, WITHHELD } from '../../../shared/security/confidential.js';
import type { Subject } from '../../monitor/index.js';
import { planFor } from '../exec/boxed.js';
import type { Services } from '../services.js';
import { type BindingsOf, DeniedError, HostError } from '../types.js';
import type { McpPool, Progress, ServerSpec, ToolInfo, ToolResult } from './client.js';
import { readToolLock } from './lock-file.js';

export interface McpBindings {
  readonly bindings: BindingsOf<'mcp'>;
  /** Stops all servers. */
  close(): Promise<void>;
}

/** Nothing of MCP is loaded before a program connects to a server. */
export function mcpBindings(services: Services): McpBindings {
  let pool: Promise<McpPool> | undefined;
  let named: Promise<Record<string, ServerSpec>> | undefined;
  /** Servers that requests name: those the caller of the run supplies, and those of `@mcpConfig`. */
  const known = () => (named ??= explained(() => suppliedServers(services)));
  /** Servers that were given secret data in this run. */
  const confidants = new Set<string>();
  /** The label of each server of an `@mcpConfig`. */
  const labels = new Map<string, string>();
  const open = () => (pool ??= known().then((servers) => openPool(services, servers)));

  return {
    bindings: {
      'mcp.connect': {
        subjects: async ({ server }) => subjectsOf(server, server, await known()),
        async run({ server, names }) {
          return discreetly(confidants.has(server), async () => ({
            value: await describeTools(server, await (await open()).listTools(server), { names }),
          }));
        },
      },
      'mcp.configure': {
        async run({ config, environment = false, box }, context) {
          return explained(async () => {
            const { boxTools, environmentTools, readMcpConfig } = await import('./config.js');
            const { inBox } = await import('./boxes.js');
            const { specLabel } = await import('./spec.js');
            const servers = [];
            const offered = new Set<string>();
            for (const configured of readMcpConfig(config)) {
              const { as = null } = configured;
              const spec = inBox(configured.spec, box);
              const label = specLabel(spec);
              for (const subject of subjectOf(spec, label)) await context.permit(subject);
              const names = await known();
              const server = `mcpConfig:${Object.keys(names).length}`;
              names[server] = spec;
              labels.set(server, label);
              const listed = await (await open()).listTools(spec);
              const tools = environment ? environmentTools(configured, listed, offered) : boxTools(configured, listed);
              servers.push({ server, label, as, tools: await describeTools(label, tools, { schemas: environment }) });
            }
            return { value: servers };
          });
        },
      },
      'mcp.call': {
        subjects: async ({ server }) => subjectsOf(server, labels.get(server) ?? server, await known()),
        async run({ server, tool, args }, { mark, signal }) {
          // What a labelled call is about is not for everybody's eyes, and its server knows it.
          const progress = progressOf(services.activity, mark.labels.length > 0 ? null : tool);
          if (isConfidential(mark)) confidants.add(server);
          return discreetly(confidants.has(server), async () => {
            const servers = await open();
            const { buildArguments } = await import('./arguments.js');
            const info = (await servers.listTools(server)).find(({ name }) => name === tool);
            if (!info)
              throw new HostError(
                'MlldInterpreter',
                'MCP_TOOL_GONE',
                `MCP server '${labels.get(server) ?? server}' no longer has the tool '${tool}'`,
              );
            const given = buildArguments(info.inputSchema, args);
            const result = await servers.callTool(server, tool, given, {
              signal,
              onProgress: progress.report,
            });
            if (result.isError) throw await failure(tool, result);
            const tools = [{ name: tool, args: Object.keys(given) }];
            return { value: textValue(result), mark: { sources: [`mcp:${tool}`], tools } };
          }).finally(progress.end);
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

/** Tells the status line what a server tells about a call. */
function progressOf(activity: Services['activity'], tool: string | null) {
  const key = {};
  return {
    report: ({ progress, total, message }: Progress): void =>
      activity.report(key, { done: progress, total, ...(tool !== null && { message: message ?? tool }) }),
    end: (): void => activity.report(key, null),
  };
}

async function suppliedServers({ mcpServers }: Services): Promise<Record<string, ServerSpec>> {
  if (mcpServers === undefined) return {};
  const { readMcpServers } = await import('./injected.js');
  return readMcpServers(mcpServers);
}

async function openPool(services: Services, servers: Readonly<Record<string, ServerSpec>>): Promise<McpPool> {
  const { limitsFromEnvironment, McpPool } = await import('./client.js');
  const { packagesAround, planInBox } = await import('./boxes.js');
  const { root } = services.config;
  const cli = fileURLToPath(new URL('./cli.js', import.meta.url));
  const pool = new McpPool({
    cwd: root,
    version,
    servers,
    limits: limitsFromEnvironment(services.environment),
    plan: (command, box) =>
      planFor(box === undefined ? services : { ...services, isolate: (inside) => planInBox(box, inside) }, command),
    // Its packages are beside it, or where it is installed itself.
    moduleParts: [path.dirname(cli), ...packagesAround(cli)],
    ...(services.pidFolder !== undefined && { pidFolder: services.pidFolder }),
    ...(existsSync(cli) && { moduleCommand: (module: string) => [process.execPath, cli, 'mcp', module] as const }),
  });
  pool.pinTools(readToolLock(root));
  return pool;
}

async function subjectsOf(
  server: string,
  label: string,
  known: Readonly<Record<string, ServerSpec>>,
): Promise<Subject[]> {
  const { parseServerSpec } = await import('./spec.js');
  return subjectOf(await explained(async () => parseServerSpec(server, known)), label);
}

/** What starting or reaching a server is, for the policies: a command, or a place on the network. */
function subjectOf(spec: ServerSpec, name: string): Subject[] {
  const server: Subject = { kind: 'server', name };
  switch (spec.kind) {
    case 'command':
      return [server, { kind: 'command', command: [spec.command, ...spec.args].join(' ') }];
    case 'npm':
      return [server, { kind: 'command', command: `npx --yes ${spec.npm}` }];
    case 'http':
      return [server, { kind: 'url', url: spec.url, host: new URL(spec.url).host }];
    case 'module':
      // A program of its own, with no policies but those of its project (security.md 8.1).
      return [server, { kind: 'command', command: `mlldc mcp ${spec.module}` }];
  }
}

/** The requested tools (all without `names`), each with its two names, its parameters and its schema if asked for. */
async function describeTools(
  server: string,
  tools: readonly ToolInfo[],
  { names, schemas = false }: { names?: readonly string[] | undefined; schemas?: boolean },
) {
  const { ToolNames } = await import('./names.js');
  const { parameterOrder, parameterTypes } = await import('./arguments.js');
  const known = new ToolNames(
    server,
    tools.map(({ name }) => name),
  );
  const wanted = names ? names.map((name): [string, string] => [name, known.resolve(name)]) : [...known.entries()];
  return wanted.map(([name, wire]) => {
    const tool = tools.find((candidate) => candidate.name === wire)!;
    const params = parameterOrder(tool.inputSchema);
    return {
      name,
      wire,
      description: tool.description,
      params,
      types: parameterTypes(tool.inputSchema, params),
      ...(schemas && { schema: tool.inputSchema }),
    };
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

/**
 * A server that was given secret data may quote it in any of its words from then on, whatever it is
 * asked for then.
 */
async function discreetly<T>(isConfidant: boolean, work: () => Promise<T>): Promise<T> {
  return explained(work).catch((error) => {
    throw isConfidant && error instanceof HostError ? new HostError(error.kind, error.code, WITHHELD) : error;
  });
}
