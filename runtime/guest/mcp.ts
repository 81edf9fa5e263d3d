/** Tools of MCP servers as executables (security.md 8.1, 8.2). */

import { EMPTY, join } from '../shared/marks.js';
import { addition, PROPAGATION } from '../shared/propagation.js';
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
  /** What the schema asks for, by position. */
  types: string[];
  /** As the server gave it; for tools of environments, which are passed on. */
  schema?: unknown;
}

/** A server and its tools. */
export interface ServerTools {
  /** What requests name it with. */
  readonly server: Box;
  /** What messages and `mcps` of boxes call it. */
  readonly label: string;
  readonly tools: readonly ToolInfo[];
}

/** `import tools … from mcp "spec"`: the server's tools, or those that are named, as exports. */
export async function mcpModule(
  context: Context,
  module: ModuleRecord,
  spec: Box,
  names: readonly string[] | null,
  site: number,
): Promise<ModuleRecord> {
  const server = await connect(context, spec, names, site);
  const exports = new Map(server.tools.map((tool) => [tool.name, toolBox(server, tool, site)]));
  return suppliedModule(server.label, module, exports);
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
  const server = await connect(context, spec, null, site);
  const theirs = addition(PROPAGATION.mcp);
  return makeObject(
    server.tools.map((tool) => [
      tool.name,
      makeObject([
        ['mlld', toolBox(server, tool, site)],
        ['description', box(tool.description, theirs)],
      ]),
    ]),
  );
}

async function connect(
  context: Context,
  spec: Box,
  names: readonly string[] | null,
  site: number,
): Promise<ServerTools> {
  const label = toText(spec);
  requireServer(context, label, site);
  const server = new Box(label, spec.deep);
  const reply = await doorPost('mcp.connect', names ? { server, names } : { server }, site);
  return { server, label, tools: reply.value as ToolInfo[] };
}

/** What requests say of the box they come from: what the host enforces in it; undefined outside of boxes. */
export function boxOf({ scope }: Context): Readonly<Record<string, unknown>> | undefined {
  return scope === null ? undefined : (scope.isolation ?? {});
}

/** A box may be limited to some servers (security.md 9.2). */
function requireServer({ scope }: Context, label: string, site: number): void {
  if (scope === null) return;
  if ((scope.mcps === null || scope.mcps.includes(label)) && !scope.refusedMcps.includes(label)) return;
  throw new MlldError('MlldSecurity', 'ENV_MCP_DENIED', `MCP server '${label}' denied by env.mcps`, { site });
}

/** The executable that calls a tool. */
export function toolBox({ server, label }: Omit<ServerTools, 'tools'>, tool: ToolInfo, site: number): Box {
  const { name, wire, description, params, types } = tool;
  const body = async (context: Context, ...args: (Box | undefined)[]): Promise<Box> => {
    requireServer(context, label, site);
    const names = context.activation?.argNames ?? [];
    const given = args.map((arg, i) => argument(arg ?? NULL, names[i]));
    const mark = args.reduce((joined, arg) => (arg ? join(joined, arg.deep) : joined), EMPTY);
    // A model may be behind a tool as well.
    context.llm?.tell(mark);
    const reply = await doorPost(
      'mcp.call',
      { server, tool: wire, args: new Box(given, mark), box: boxOf(context) },
      site,
      context,
    );
    return typedResult(reply);
  };
  return box(new Executable({ name, params, types, medium: 'mcp', description, wire, body, site }));
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
