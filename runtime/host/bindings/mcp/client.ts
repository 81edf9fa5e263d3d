/**
 * The pool of MCP servers of a run (security.md 8.1, 8.2). Nothing of the MCP SDK is loaded until
 * the first server is needed.
 */

import { type CallOptions, type ConnectionOptions, ServerConnection, type Timing } from './connection.js';
import { McpError } from './errors.js';
import { type LaunchOptions, planLocally } from './launch.js';
import { PidFiles } from './pid-files.js';
import { pinAll, type ToolLock, type ToolPin } from './pins.js';
import type { ToolInfo, ToolResult } from './results.js';
import { lockKey, parseServerSpec, type ServerSpec, specKey } from './spec.js';

export type { CallOptions } from './connection.js';
export { McpError } from './errors.js';
export type { ToolLock, ToolPin } from './pins.js';
export type { Progress } from './requests.js';
export { failureText, type Media, type ToolInfo, type ToolResult } from './results.js';
export type { ServerSpec } from './spec.js';

export interface PoolOptions {
  /** Project root: where servers run. */
  readonly cwd: string;
  /** Version we present ourselves with. */
  readonly version: string;
  /** Names that stand for servers in specification texts (`mcpServers` of the SDK). */
  readonly servers?: Readonly<Record<string, ServerSpec>>;
  readonly limits?: Partial<PoolLimits>;
  /** How a child is started; an isolation provider's `wrap` fits. Default: scrubbed environment only. */
  readonly plan?: LaunchOptions['plan'];
  readonly moduleParts?: LaunchOptions['moduleParts'];
  /** The command that serves an mlld module. Default: this program's `mcp` command. */
  readonly moduleCommand?: (module: string) => readonly [string, ...string[]];
  /** Where a file `mcp-<name>.pid` is kept for each running server (`.mlld/run`). */
  readonly pidFolder?: string;
}

export interface PoolLimits extends Timing {
  readonly maxServers: number;
  readonly maxMessageBytes: number;
}

const DEFAULT_LIMITS: PoolLimits = {
  startupMs: 10_000,
  requestMs: 30_000,
  maxCallMs: 600_000,
  idleMs: 60_000,
  maxServers: 5,
  maxMessageBytes: 32 * 1024 * 1024,
};

/** The limits an environment asks for (security.md 8.2); what is not a positive number is left out. */
export function limitsFromEnvironment(env: NodeJS.ProcessEnv): Partial<PoolLimits> {
  const names: Readonly<Record<string, keyof PoolLimits>> = {
    MLLD_MCP_IMPORT_STARTUP_TIMEOUT_MS: 'startupMs',
    MLLD_MCP_IMPORT_REQUEST_TIMEOUT_MS: 'requestMs',
    MLLD_MCP_IMPORT_IDLE_TIMEOUT_MS: 'idleMs',
    MLLD_MCP_IMPORT_MAX_CONCURRENT: 'maxServers',
  };
  const limits: Partial<Record<keyof PoolLimits, number>> = {};
  for (const [name, limit] of Object.entries(names)) {
    const value = Number(env[name]);
    if (env[name] && Number.isFinite(value) && value > 0) limits[limit] = Math.floor(value);
  }
  return limits;
}

export class McpPool {
  private readonly connections = new Map<string, ServerConnection>();
  /** What callers have named servers by so far, so that a call need not work it out again. */
  private readonly known = new Map<string | ServerSpec, ServerConnection>();
  private readonly limits: PoolLimits;
  private readonly connectionOptions: Omit<ConnectionOptions, 'pins'>;
  private lock: ToolLock = {};
  private closed = false;
  private readonly pids: PidFiles | undefined;

  constructor(private readonly options: PoolOptions) {
    this.pids = options.pidFolder === undefined ? undefined : new PidFiles(options.pidFolder);
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.connectionOptions = {
      launch: {
        cwd: options.cwd,
        maxMessageBytes: this.limits.maxMessageBytes,
        moduleCommand: options.moduleCommand ?? ((module) => [process.execPath, process.argv[1] ?? '', 'mcp', module]),
        plan: options.plan ?? planLocally,
        ...(options.moduleParts && { moduleParts: options.moduleParts }),
      },
      timing: this.limits,
      clientInfo: { name: 'mlld', version: options.version },
      onStarted: (server, pid) => this.pids?.add(server, server.label, pid),
      onStopped: (server) => this.pids?.remove(server),
    };
  }

  /**
   * The tools of a server, which is started when it does not run.
   * @param server A specification, or its text as an import writes it.
   * @throws McpError, see `McpErrorCode`.
   */
  async listTools(server: string | ServerSpec): Promise<readonly ToolInfo[]> {
    return this.connection(server).tools();
  }

  /**
   * Calls a tool by its wire name. A result with `isError` is returned, not thrown.
   * @throws McpError when there is no result: the server failed, timed out, or refused the call.
   */
  async callTool(
    server: string | ServerSpec,
    tool: string,
    args: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<ToolResult> {
    return this.connection(server).call(tool, args, options);
  }

  /** Accepts only tools that match `lock`; servers that are not in it are free until they are pinned. */
  pinTools(lock: ToolLock): void {
    this.lock = lock;
  }

  /**
   * Accepts the tools a server has now and returns the lock with them in it.
   * Nothing else gets a changed server past its pins.
   */
  async acceptTools(server: string | ServerSpec): Promise<ToolLock> {
    const connection = this.connection(server);
    const { [lockKey(connection.spec)]: _, ...others } = this.lock;
    this.lock = others;
    connection.forgetTools();
    const tools = await connection.tools();
    this.lock = { ...others, [lockKey(connection.spec)]: pinAll(tools) };
    return this.lock;
  }

  /** Pins of the servers used so far together with the given lock: what a lock file should hold. */
  async currentLock(): Promise<ToolLock> {
    const lock: Record<string, Readonly<Record<string, ToolPin>>> = { ...this.lock };
    for (const connection of this.connections.values())
      lock[lockKey(connection.spec)] ??= pinAll(await connection.tools());
    return lock;
  }

  /** Stops all servers. The pool cannot be used afterwards. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.connections.values()].map((connection) => connection.stop()));
    this.connections.clear();
    this.known.clear();
  }

  private connection(server: string | ServerSpec): ServerConnection {
    if (this.closed) throw new McpError('The MCP servers of this run have been stopped.', 'MCP_SERVER_FAILED');
    let connection = this.known.get(server);
    if (!connection) {
      connection = this.admit(typeof server === 'string' ? parseServerSpec(server, this.options.servers) : server);
      this.known.set(server, connection);
    }
    return connection;
  }

  /** The connection of a specification; a new one counts against the limit. */
  private admit(spec: ServerSpec): ServerConnection {
    const key = specKey(spec);
    let connection = this.connections.get(key);
    if (!connection) {
      const count = this.connections.size + 1;
      // Servers that are idle count as well: otherwise the limit would strike at random.
      if (count > this.limits.maxServers)
        throw new McpError(
          `MCP import server limit exceeded: ${count} > ${this.limits.maxServers}`,
          'MCP_SERVER_LIMIT',
        );
      const name = lockKey(spec);
      connection = new ServerConnection(spec, {
        ...this.connectionOptions,
        pins: () => (Object.hasOwn(this.lock, name) ? this.lock[name] : undefined),
      });
      this.connections.set(key, connection);
    }
    return connection;
  }
}
