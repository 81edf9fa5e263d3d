/**
 * The MCP servers of an environment (security.md 9.4): started before it is entered, and served to
 * its commands as one endpoint whose calls pass the guards and policies of the module.
 */

import { Box, plain } from './box.js';
import type { Context } from './context.js';
import { doorCall, doorPost } from './door.js';
import { callAsync, type Executable } from './executable.js';
import { type LlmTools, serveTools } from './llm.js';
import { type ServerTools, toolBox } from './mcp.js';
import { plainTool } from './tool-calls.js';

interface StartedServer extends Omit<ServerTools, 'server'> {
  /** What requests name it with. */
  readonly server: string;
}

/**
 * Starts what `@mcpConfig()` names.
 * @returns null when that is nothing
 */
export async function environmentServers(context: Context, configure: Executable): Promise<LlmTools | null> {
  const { site } = configure;
  const { value, deep } = await callAsync(context, configure, [], site);
  const reply = await doorPost(
    'mcp.configure',
    { config: new Box(plain(value) ?? null, deep), environment: true },
    site,
  );
  const servers = reply.value as StartedServer[];
  const tools = servers.flatMap(({ server, label, tools }) =>
    tools.map((tool) => {
      const target = toolBox({ server: new Box(server, deep), label }, tool, site).value as Executable;
      return { ...plainTool(tool.name, target), schema: tool.schema };
    }),
  );
  if (tools.length === 0) return null;
  const served = serveTools(context, tools, site);
  const names = servers.map(({ label, tools }) => ({ name: label, tools: tools.map(({ wire }) => wire) }));
  tell('MLLD_MCP_SOCKET', served.sockets[0]!, site);
  tell('MLLD_MCP_SERVERS', JSON.stringify(names), site);
  return served;
}

/** Commands find it in their environment. */
function tell(name: string, text: string, site: number): void {
  doorCall('env.set', { name, text }, site);
}
