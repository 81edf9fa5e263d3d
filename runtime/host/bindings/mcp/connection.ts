/**
 * One server and its life: started when it is first needed, stopped when it is idle, started
 * again after a crash, once. Every start lists the tools again and checks them against the pins,
 * so neither a restart nor a notification can bring in other tools.
 */

import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { DeniedError } from '../types.js';
import type { Channel } from './channel.js';
import { McpError, quoteServer } from './errors.js';
import { type LaunchOptions, openChannel } from './launch.js';
import { ToolListing } from './listing.js';
import { pinAll, requirePinned, type ToolPin } from './pins.js';
import { describeError, type Progress, RequestFailure, type RequestOptions, Requests } from './requests.js';
import { readResult, type ToolInfo, type ToolResult } from './results.js';
import { type ServerSpec, specLabel } from './spec.js';

export interface Timing {
  readonly startupMs: number;
  readonly requestMs: number;
  /** How long progress notifications can keep one call alive. */
  readonly maxCallMs: number;
  readonly idleMs: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly timeoutMs?: number;
}

export interface ConnectionOptions {
  readonly launch: LaunchOptions;
  readonly timing: Timing;
  readonly clientInfo: { readonly name: string; readonly version: string };
  /** Pins the tools have to match, if there are any for this server. */
  readonly pins: () => Readonly<Record<string, ToolPin>> | undefined;
  readonly onStarted: (server: ServerConnection, pid: number | undefined) => void;
  readonly onStopped: (server: ServerConnection) => void;
}

interface Live {
  readonly client: Client;
  readonly requests: Requests;
  readonly channel: Channel;
  tools: readonly ToolInfo[];
  /** Set when the server said that its tools changed. */
  stale: boolean;
}

export class ServerConnection {
  readonly label: string;
  private live: Live | undefined;
  private opening: Promise<Live> | undefined;
  private closing: Promise<void> | undefined;
  private crashes = 0;
  private lastEnd = '';
  private calls = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  /** Every tool this run has seen, as it was first. */
  private seenPins: Readonly<Record<string, ToolPin>> = {};

  constructor(
    readonly spec: ServerSpec,
    private readonly options: ConnectionOptions,
  ) {
    this.label = specLabel(spec);
  }

  /** The server's tools; starts it when it does not run. */
  async tools(): Promise<readonly ToolInfo[]> {
    return this.use(async (live) => live.tools);
  }

  /** Calls a tool by its wire name. A result with `isError` is a result. */
  async call(tool: string, args: Readonly<Record<string, unknown>>, options: CallOptions = {}): Promise<ToolResult> {
    const { requestMs, maxCallMs } = this.options.timing;
    const { signal, onProgress, timeoutMs = requestMs } = options;
    return this.use(async (live) => {
      const answer = await this.request(
        live,
        'tools/call',
        { name: tool, arguments: args },
        {
          timeoutMs,
          maxTotalMs: Math.max(maxCallMs, timeoutMs),
          ...(signal && { signal }),
          ...(onProgress && {
            onProgress: ({ message, ...rest }) =>
              onProgress({ ...rest, ...(message !== undefined && { message: quoteServer(message).slice(0, 200) }) }),
          }),
        },
      );
      const result = readResult(answer);
      if (!result)
        throw this.fault('answered tools/call with something that is not a tool result', 'MCP_SERVER_FAILED');
      return result;
    });
  }

  /** Forgets the tools seen so far, so that they may differ from now on. */
  forgetTools(): void {
    this.seenPins = {};
    if (this.live) this.live.stale = true;
  }

  /** Stops the server; the next use starts it again. */
  async stop(): Promise<void> {
    clearTimeout(this.idleTimer);
    if (this.opening) await this.opening.catch(() => {});
    const live = this.live;
    this.live = undefined;
    if (live) {
      this.closing = live.channel.stop().then(() => live.client.close());
      await this.closing;
      this.options.onStopped(this);
    }
  }

  private async use<T>(work: (live: Live) => Promise<T>): Promise<T> {
    clearTimeout(this.idleTimer);
    this.calls++;
    try {
      const live = await this.open();
      if (live.stale) await this.refresh(live);
      return await work(live);
    } finally {
      this.calls--;
      if (this.calls === 0 && this.live) {
        this.idleTimer = setTimeout(() => void this.stop(), this.options.timing.idleMs);
        this.idleTimer.unref();
      }
    }
  }

  private async open(): Promise<Live> {
    if (this.live) return this.live;
    if (this.crashes > 1) throw this.fault(`${this.lastEnd}\nIt had been restarted once already.`, 'MCP_SERVER_FAILED');
    this.opening ??= this.start().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async start(): Promise<Live> {
    await this.closing;
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { ToolListChangedNotificationSchema } = await import('@modelcontextprotocol/sdk/types.js');
    const channel = await openChannel(this.spec, this.options.launch).catch((error: Error) => {
      // Isolation that cannot be had is a refusal, not a failure of the server.
      if (error instanceof DeniedError) throw error;
      throw this.fault(`could not be started: ${error.message}`, 'MCP_SERVER_FAILED');
    });
    const client = new Client(this.options.clientInfo, { capabilities: {} });
    let live: Live;
    try {
      await this.connect(client, channel);
      this.options.onStarted(this, channel.pid);
      live = { client, requests: new Requests(channel.transport), channel, tools: [], stale: false };
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
        live.stale = true;
      });
      await this.refresh(live);
    } catch (error) {
      await channel.stop();
      this.options.onStopped(this);
      throw error;
    }
    client.onclose = () => this.crashed(live);
    this.live = live;
    // It may have ended between the last answer and now.
    if (channel.ended() !== null) this.crashed(live);
    return live;
  }

  private async connect(client: Client, channel: Channel): Promise<void> {
    const timeout = this.options.timing.startupMs;
    await client
      .connect(channel.transport, { timeout })
      .catch((error: Error & { code?: unknown; data?: { timeout?: unknown } }) => {
        const isTimeout = error.code === SDK_TIMEOUT && error.data?.timeout !== undefined;
        const message = isTimeout
          ? `timed out after ${timeout}ms`
          : describeError(error).replace(/^MCP error -?\d+: /, '');
        throw this.explain('initialize', new RequestFailure(isTimeout ? 'timeout' : 'refused', message), channel);
      });
  }

  private crashed(live: Live): void {
    if (this.live !== live) return;
    this.live = undefined;
    this.crashes++;
    this.lastEnd = live.channel.ended() ?? 'closed the connection';
    this.options.onStopped(this);
  }

  /** Lists the tools and checks them. */
  private async refresh(live: Live): Promise<void> {
    live.stale = false;
    const listing = new ToolListing(this.options.launch.maxMessageBytes);
    let cursor: string | undefined;
    do {
      const answer = await this.request(live, 'tools/list', cursor === undefined ? {} : { cursor }, {
        timeoutMs: this.options.timing.requestMs,
      });
      const problem = listing.add(answer);
      if (problem !== null) throw this.fault(problem, 'MCP_SERVER_FAILED');
      cursor = typeof answer.nextCursor === 'string' ? answer.nextCursor : undefined;
    } while (cursor !== undefined);
    const { tools } = listing;
    const pins = this.options.pins();
    try {
      if (pins) requirePinned(this.label, pins, tools);
      // Without a lock a server may offer more or fewer tools as it goes, but not other ones under old names.
      else requirePinned(this.label, this.seenPins, tools, ['changed']);
    } catch (error) {
      live.stale = true;
      throw error;
    }
    this.seenPins = { ...this.seenPins, ...pinAll(tools) };
    live.tools = tools;
  }

  private async request(
    live: Live,
    method: string,
    params: Record<string, unknown>,
    options: RequestOptions,
  ): Promise<Record<string, unknown>> {
    try {
      return await live.requests.send(method, params, options);
    } catch (error) {
      const failure = error as RequestFailure;
      if (failure.reason === 'closed') this.crashed(live);
      throw this.explain(method, failure, live.channel);
    }
  }

  /** What a failure means, in the words of security.md 8.1 and 8.2. */
  private explain(method: string, failure: RequestFailure, channel: Channel): McpError {
    const remark = channel.remark();
    if (failure.reason === 'cancelled') return this.fault(`${method} was cancelled`, 'MCP_CANCELLED');
    const end = channel.ended();
    if (end !== null) return this.fault(end + remark, 'MCP_SERVER_FAILED');
    if (failure.reason === 'timeout') return this.fault(`${method} ${failure.message}${remark}`, 'MCP_TIMEOUT');
    return this.fault(`${method} failed: ${quoteServer(failure.message)}${remark}`, 'MCP_REQUEST_FAILED');
  }

  private fault(text: string, code: McpError['code']): McpError {
    return new McpError(`MCP server '${this.label}' ${text}`, code);
  }
}

/** The SDK's code for its own time limits. */
const SDK_TIMEOUT = -32001;
