/** `@mcpConfig()`: the MCP servers of a box, started when it is entered (security.md 9.2). */

import { Box, plain } from './box.js';
import type { Context } from './context.js';
import { doorPost } from './door.js';
import { MlldError } from './errors.js';
import { callAsync, type Executable, executableOf } from './executable.js';
import { boxOf, type ServerTools, toolBox } from './mcp.js';
import { Namespace } from './modules.js';

/** A server as the host has started it. */
interface ConfiguredServer extends Omit<ServerTools, 'server'> {
  /** What requests name it with. */
  readonly server: string;
  /** The namespace its tools are under, or null. */
  readonly as: string | null;
}

/**
 * Calls the function in the box's context, so that it sees the box's profile, and starts what it
 * names.
 * @param names what the block can already use; a tool must not hide behind one of them
 * @returns the tools by the names the block may use, with those of boxes around; null without servers
 */
export async function configuredTools(
  context: Context,
  configure: Executable | Box | null,
  names: readonly string[],
  site: number,
): Promise<ReadonlyMap<string, Box> | null> {
  const scope = context.scope!;
  if (configure === null || scope.mcps?.length === 0) return scope.bound;
  const target = configure instanceof Box ? executableOf(configure, 'mcpConfig', site) : configure;
  const output = await callAsync(context, target, [], site);
  const reply = await doorPost(
    'mcp.configure',
    { config: new Box(plain(output.value) ?? null, output.deep), box: boxOf(context) },
    site,
    context,
  );
  const servers = reply.value as ConfiguredServer[];
  if (servers.length === 0) return scope.bound;
  const taken = new Set(names);
  const own = new Map<string, Box>();
  const bind = (name: string, value: Box): void => {
    if (own.has(name)) throw collision(`mcpConfig tool name collision: '@${name}' appears multiple times`, site);
    if (taken.has(name)) throw collision(`mcpConfig tool collision: '@${name}' already exists in scope`, site);
    own.set(name, value);
  };
  for (const { server, label, as, tools } of servers) {
    const named = { server: new Box(server, output.deep), label };
    const callable = tools.map((tool) => [tool.name, toolBox(named, tool, site)] as const);
    if (as === null) for (const [name, tool] of callable) bind(name, tool);
    else bind(as, new Box(new Namespace(new Map(callable), null, label), output.deep));
  }
  return new Map([...(scope.bound ?? []), ...own]);
}

/** A name only the box around gives a meaning: a tool of one of its servers. */
export function boxName(context: Context, name: string): Box | undefined {
  return context.scope?.bound?.get(name);
}

function collision(message: string, site: number): MlldError {
  return new MlldError('MlldImport', 'IMPORT_NAME_CONFLICT', message, { site });
}
