/** The result of an environment's `@mcpConfig()` (security.md 9.2, 9.4). */

import { isRecord } from '../../../shared/record.js';
import { McpError } from './errors.js';
import { toMlldName } from './names.js';
import type { ToolInfo } from './results.js';
import { type ServerSpec, specLabel } from './spec.js';

export interface ConfiguredServer {
  readonly spec: ServerSpec;
  /** Wire names to offer, or all. */
  readonly tools: readonly string[] | '*';
  /** The namespace tools are put under, when given. */
  readonly as?: string;
}

const KINDS = ['module', 'command', 'npm'] as const;

/**
 * Reads what `@mcpConfig()` returned: an object, its JSON text, or nothing.
 * @throws McpError (MCP_SPEC_INVALID)
 */
export function readMcpConfig(output: unknown): ConfiguredServer[] {
  const config = typeof output === 'string' ? parse(output) : output;
  if (config === null || config === undefined) return [];
  if (!isRecord(config)) throw invalid('mcpConfig output must be an object');
  if (config.servers === undefined || config.servers === null) return [];
  if (!Array.isArray(config.servers)) throw invalid('mcpConfig.servers must be an array');
  return config.servers.map((entry: unknown, index) => readServer(entry, `mcpConfig.servers[${index}]`));
}

/**
 * The tools an environment offers from one server, by their names on the wire; each has exactly one
 * server.
 * @param offered names of the servers before, to which this one's are added
 * @throws McpError when a named tool does not exist or is offered already
 */
export function environmentTools(
  { spec, tools: wanted }: ConfiguredServer,
  tools: readonly ToolInfo[],
  offered: Set<string>,
): readonly ToolInfo[] {
  const missing = wanted === '*' ? [] : wanted.filter((name) => !tools.some((tool) => tool.name === name));
  if (missing.length > 0)
    throw invalid(`MCP server '${specLabel(spec)}' does not provide tools: ${missing.join(', ')}`);
  const own = wanted === '*' ? tools : tools.filter(({ name }) => wanted.includes(name));
  for (const { name } of own) {
    if (offered.has(name)) throw invalid(`MCP tool '${name}' is provided by multiple servers`);
    offered.add(name);
  }
  return own;
}

/**
 * The tools a box gets from one server; names are given as on the wire or as in mlld.
 * @throws McpError when a named tool does not exist
 */
export function boxTools({ spec, tools: wanted }: ConfiguredServer, tools: readonly ToolInfo[]): readonly ToolInfo[] {
  if (wanted === '*') return tools;
  return wanted.map((name) => {
    const tool = tools.find((candidate) => candidate.name === name || toMlldName(candidate.name) === name);
    if (!tool) throw invalid(`mcpConfig requested unknown tool '${name}' from '${specLabel(spec)}'`);
    return tool;
  });
}

function readServer(entry: unknown, where: string): ConfiguredServer {
  if (!isRecord(entry)) throw invalid(`${where} must be an object`);
  const kinds = KINDS.filter((kind) => typeof entry[kind] === 'string' && entry[kind] !== '');
  if (kinds.length === 0) {
    throw invalid(
      `${where} must include one of module, command, or npm. MCP server config requires exactly one of module, command, or npm`,
    );
  }
  if (kinds.length > 1) {
    throw invalid(
      `${where} cannot combine module/command/npm sources. MCP server config requires exactly one of module, command, or npm`,
    );
  }
  const name = text(entry.name, `${where}.name`);
  const as = text(entry.as, `${where}.as`)?.replace(/^@/, '');
  const common = {
    ...(name !== undefined && { name }),
    ...(entry.env !== undefined && { env: strings(entry.env, `${where}.env`) }),
  };
  return {
    spec: specOf(entry, kinds[0]!, common, where),
    tools: readTools(entry.tools),
    ...(as !== undefined && { as }),
  };
}

function specOf(
  entry: Readonly<Record<string, unknown>>,
  kind: (typeof KINDS)[number],
  common: object,
  where: string,
): ServerSpec {
  const args = entry.args ?? [];
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string'))
    throw invalid(`${where}.args must be an array of strings`);
  const source = entry[kind] as string;
  switch (kind) {
    case 'module':
      return { kind, module: source, ...common };
    case 'npm':
      return { kind, npm: source, args, ...common };
    case 'command': {
      // With `args` the command is a program; without, it is split as in an import.
      const [command, ...rest] = args.length > 0 ? [source] : source.trim().split(/\s+/);
      return { kind, command: command!, args: [...rest, ...args], ...common };
    }
  }
}

function readTools(tools: unknown): readonly string[] | '*' {
  if (tools === undefined || tools === null || tools === '*') return '*';
  if (!Array.isArray(tools) || !tools.every((tool): tool is string => typeof tool === 'string'))
    throw invalid('MCP server tools must be an array or "*"');
  if (tools.length === 0) throw invalid('MCP server tools list is empty');
  return tools.includes('*') ? '*' : tools;
}

function text(value: unknown, where: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(`${where} must be a string`);
  return value;
}

function strings(value: unknown, where: string): Record<string, string> {
  if (!isRecord(value)) throw invalid(`${where} must be an object`);
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => {
      if (typeof entry !== 'string' && typeof entry !== 'number' && typeof entry !== 'boolean')
        throw invalid(`${where}.${name} must be a string`);
      return [name, String(entry)];
    }),
  );
}

function parse(output: string): unknown {
  if (output.trim() === '') return null;
  try {
    return JSON.parse(output);
  } catch {
    throw invalid('mcpConfig output is not valid JSON');
  }
}

function invalid(message: string): McpError {
  return new McpError(message, 'MCP_SPEC_INVALID');
}
