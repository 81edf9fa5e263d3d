/** Tools of MCP servers as executables (security.md 8.1, 8.2). */

import { EMPTY, join, makeMark } from '../shared/marks.js';
import { Box, box, NULL } from './box.js';
import type { ArgName, Context } from './context.js';
import { doorPost } from './door.js';
import { MlldError } from './errors.js';
import { Executable } from './executable.js';
import { type ModuleRecord, suppliedModule } from './modules.js';
import { toText } from './values/display.js';
import { parseContainer } from './values/json-text.js';
import { makeObject } from './values/objects.js';
import { codeArgument } from './values/typing.js';

interface ToolInfo {
  name: string;
  wire: string;
  description: string;
  params: string[];
}

/** `import tools … from mcp "spec"`: the server's tools, or those that are named, as exports. */
export async function mcpModule(
  context: Context,
  module: ModuleRecord,
  spec: Box,
  names: readonly string[] | null,
  site: number,
): Promise<ModuleRecord> {
  const server = serverOf(spec);
  const exports = new Map(
    (await connect(context, server, names, site)).map((tool) => [tool.name, toolBox(server, tool, site)]),
  );
  return suppliedModule(toText(server), module, exports);
}

/** `var tools @t = mcp @spec`: a collection. Descriptions are the server's words, and marked so. */
export async function mcpTools(context: Context, _module: ModuleRecord, spec: Box, site: number): Promise<Box> {
  if (typeof spec.value !== 'string' || spec.value.trim() === '') {
    throw new MlldError(
      'MlldInterpreter',
      'MCP_SPEC_INVALID',
      'Dynamic MCP tool sources must resolve to a non-empty string',
      { site },
    );
  }
  const server = serverOf(spec);
  const theirs = makeMark({ taint: ['src:mcp'] });
  const tools = await connect(context, server, null, site);
  return makeObject(
    tools.map((tool) => [
      tool.name,
      makeObject([
        ['mlld', toolBox(server, tool, site)],
        ['description', box(tool.description, theirs)],
      ]),
    ]),
  );
}

function serverOf(spec: Box): Box {
  return new Box(toText(spec), spec.deep);
}

async function connect(
  context: Context,
  server: Box,
  names: readonly string[] | null,
  site: number,
): Promise<ToolInfo[]> {
  requireServer(context, server, site);
  const reply = await doorPost('mcp.connect', names ? { server, names } : { server }, site);
  return reply.value as ToolInfo[];
}

/** A box may be limited to some servers (security.md 9.2). */
function requireServer(context: Context, server: Box, site: number): void {
  const mcps = context.scope?.mcps ?? null;
  if (mcps === null || mcps.includes(String(server.value))) return;
  throw new MlldError('MlldSecurity', 'ENV_MCP_DENIED', `MCP server '${server.value}' denied by env.mcps`, { site });
}

function toolBox(server: Box, { name, wire, description, params }: ToolInfo, site: number): Box {
  const body = async (context: Context, ...args: (Box | undefined)[]): Promise<Box> => {
    requireServer(context, server, site);
    const names = context.activation?.argNames ?? [];
    const given = args.map((arg, i) => argument(arg ?? NULL, names[i]));
    const mark = args.reduce((joined, arg) => (arg ? join(joined, arg.deep) : joined), EMPTY);
    const reply = await doorPost('mcp.call', { server, tool: wire, args: new Box(given, mark) }, site);
    return typedResult(reply);
  };
  return box(new Executable({ name, params, medium: 'mcp', description, wire, body, site }));
}

/** A value, and whether it was written as a variable (whose name may name a parameter) or as an object. */
function argument(arg: Box, name: ArgName | undefined): Record<string, unknown> {
  const value = codeArgument(arg) ?? null;
  if (name === true) return { value, literal: true };
  return name ? { value, variable: name } : { value };
}

/** The context for a call whose callee may want to know how its arguments were written. */
export function named(context: Context, names: readonly ArgName[]): Context {
  return context.with({ argNames: names });
}

/** Structured content and JSON text are data that prints as the text; anything else is the text. */
function typedResult(reply: Box): Box {
  const { text, structured, parts } = reply.value as { text: string; structured?: unknown; parts?: object };
  if (structured !== undefined) return new Box(structured, reply.mark, text === '' ? null : { text });
  if (parts) return new Box({ text, ...parts }, reply.mark, { text });
  const container = parseContainer(text);
  return container === undefined ? new Box(text, reply.mark) : new Box(container, reply.mark, { text });
}
