/**
 * One bridge: MCP servers on unix sockets in a private folder, and the configuration file that
 * leads a program to them. What clients call goes to the program's realm, under its guards.
 */

import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { version } from '../../../../version.js';
import { makeScratchFolder } from '../../isolation/scratch.js';
import { CallExchange, type Published, wireName } from '../mcp/exchange.js';
import { type SocketServer, serveSocket } from '../mcp/server.js';
import { HostError } from '../types.js';
import { RELAY } from './relay.js';

export interface BridgedServer {
  readonly name: string;
  readonly tools: readonly Published[];
}

export class Bridge {
  readonly calls: CallExchange;
  readonly #sockets: SocketServer[] = [];

  private constructor(
    /** Holds the sockets, the relay and the configuration; only this user can enter it. */
    readonly folder: string,
    private readonly servers: readonly BridgedServer[],
  ) {
    this.calls = new CallExchange(servers.flatMap(({ tools }) => tools));
  }

  /**
   * Opens the sockets and writes the configuration.
   * @throws HostError TOOL_NAME_COLLISION when clients could not tell two tools apart
   */
  static async open(servers: readonly BridgedServer[]): Promise<Bridge> {
    requireDistinct(servers);
    const bridge = new Bridge(makeScratchFolder('bridge'), servers);
    try {
      await bridge.#listen(servers);
      return bridge;
    } catch (error) {
      await bridge.close();
      throw error;
    }
  }

  /** The path of the configuration file: `{ mcpServers: { name: { command, args } } }`. */
  get config(): string {
    return path.join(this.folder, 'mcp.json');
  }

  /** The sockets, in the order of the servers. */
  get sockets(): string[] {
    return this.#sockets.map(({ path }) => path);
  }

  /** The tools as clients of several servers name them. */
  get names(): string[] {
    return this.servers.flatMap(({ name, tools }) => tools.map((tool) => `mcp__${name}__${wireName(tool)}`));
  }

  /** Ends all conversations and removes the folder. */
  async close(): Promise<void> {
    this.calls.abandon('The call these tools were for has ended');
    await Promise.all(this.#sockets.map((socket) => socket.close()));
    await rm(this.folder, { recursive: true, force: true });
  }

  async #listen(servers: readonly BridgedServer[]): Promise<void> {
    const relay = path.join(this.folder, 'relay.cjs');
    const mcpServers: Record<string, { command: string; args: string[] }> = {};
    for (const { name, tools } of servers) {
      const served = new Set(tools.map(wireName));
      const definitions = this.calls.definitions.filter((tool) => served.has(tool.name));
      const socket = await serveSocket(path.join(this.folder, `${name}.sock`), {
        tools: () => definitions,
        version,
        call: (wire, args) => this.calls.call(wire, args),
      });
      this.#sockets.push(socket);
      mcpServers[name] = { command: process.execPath, args: [relay, socket.path] };
    }
    if (servers.length > 0) await writeFile(relay, RELAY);
    await writeFile(this.config, `${JSON.stringify({ mcpServers }, null, 2)}\n`);
  }
}

function requireDistinct(servers: readonly BridgedServer[]): void {
  const owners = new Map<string, string>();
  for (const tool of servers.flatMap(({ tools }) => tools)) {
    const wire = wireName(tool);
    const other = owners.get(wire);
    if (other !== undefined)
      throw new HostError(
        'MlldInterpreter',
        'TOOL_NAME_COLLISION',
        `Tool name collision: '@${other}' and '@${tool.name}' are both '${wire}' for a client`,
        { tool: wire },
      );
    owners.set(wire, tool.name);
  }
}
