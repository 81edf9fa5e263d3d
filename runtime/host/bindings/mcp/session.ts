/**
 * One client's conversation with the tools we serve: JSON-RPC as security.md 8.4 has it. Not the
 * SDK's server: that one answers a call before `initialize`, negotiates the protocol version
 * instead of echoing it, and says nothing about lines that are not JSON.
 */

import { MAX_NESTING, nestsDeeperThan } from '../../../shared/nesting.js';
import { isRecord } from '../../../shared/record.js';
import { checkArguments, describeTool, notFoundText, type ToolDefinition } from './definitions.js';

/** What a call gives back: any JSON value, or an error text with `isError`. */
export interface CallOutcome {
  readonly value: unknown;
  readonly isError?: boolean;
}

export interface CallContext {
  /** Aborted when the client cancels the call or goes away. */
  readonly signal: AbortSignal;
  /** Sends progress to a client that asked for it; does nothing otherwise. */
  readonly progress: (progress: number, total?: number, message?: string) => void;
}

export interface ServeOptions {
  /** The tools now; asked for at every request, so that a scope can narrow them. */
  readonly tools: () => readonly ToolDefinition[];
  /** Names (on the wire) that exist but are outside the current scope. */
  readonly unavailable?: () => readonly string[];
  /**
   * Carries out a call under guards and policy. What it throws becomes a result with `isError`
   * and the error's message: a denial is an answer, and the server lives on.
   */
  readonly call: (name: string, args: Readonly<Record<string, unknown>>, context: CallContext) => Promise<CallOutcome>;
  readonly version: string;
  /** Longest line a client may send. */
  readonly maxLineBytes?: number;
}

type Id = string | number | null;

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;
const NOT_INITIALIZED = -32002;

/** The version we speak when a client does not say which one it wants. */
const DEFAULT_PROTOCOL = '2024-11-05';

class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export class Session {
  private initialized = false;
  private readonly running = new Map<Id, AbortController>();

  /** @param send Gets every message that goes to the client. */
  constructor(
    private readonly options: ServeOptions,
    private readonly send: (message: object) => void,
  ) {}

  /** Handles one line; resolves when it has been answered, if it gets an answer. */
  async receive(line: string): Promise<void> {
    if (line.trim() === '') return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch (error) {
      return this.fail(null, new RpcError(PARSE_ERROR, `Parse error: ${(error as Error).message}`));
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      return this.fail(null, new RpcError(INVALID_REQUEST, 'Invalid request: one JSON object a line'));
    }
    if (nestsDeeperThan(message, MAX_NESTING))
      return this.fail(
        null,
        new RpcError(INVALID_REQUEST, `Invalid request: nested deeper than ${MAX_NESTING} levels`),
      );
    await this.handle(message);
  }

  /** Answers a line that was too long to be read. */
  tooLong(): void {
    this.fail(null, new RpcError(PARSE_ERROR, 'Parse error: the message is too large'));
  }

  /** Tells calls under way that nobody waits for them any more. */
  abandon(): void {
    for (const controller of this.running.values()) controller.abort();
  }

  private async handle({ id, method, params }: Message): Promise<void> {
    // A response to a request: we send none, so it concerns nothing here.
    if (method === undefined && id !== undefined) return;
    const given = isRecord(params) ? params : {};
    if (id === undefined || id === null) return this.notified(method, given);
    if (typeof id !== 'string' && typeof id !== 'number')
      return this.fail(null, new RpcError(INVALID_REQUEST, 'Invalid request: id'));
    try {
      const result = await this.dispatch(id, method, given);
      this.send({ jsonrpc: '2.0', id, result });
    } catch (error) {
      this.fail(id, error);
    }
  }

  private notified(method: unknown, params: Readonly<Record<string, unknown>>): void {
    if (method === 'notifications/cancelled') this.running.get(params.requestId as Id)?.abort();
  }

  private async dispatch(id: Id, method: unknown, params: Readonly<Record<string, unknown>>): Promise<object> {
    switch (method) {
      case 'initialize':
        this.initialized = true;
        return {
          protocolVersion: typeof params.protocolVersion === 'string' ? params.protocolVersion : DEFAULT_PROTOCOL,
          capabilities: { tools: {} },
          serverInfo: { name: 'mlld', version: this.options.version },
        };
      case 'ping':
        return {};
      case 'tools/list':
        this.requireInitialized();
        return { tools: this.options.tools().map(describeTool) };
      case 'tools/call':
        this.requireInitialized();
        return this.call(id, params);
      default:
        if (typeof method !== 'string') throw new RpcError(INVALID_REQUEST, 'Invalid request: method must be a string');
        throw new RpcError(METHOD_NOT_FOUND, `Method '${method}' not found`);
    }
  }

  private requireInitialized(): void {
    if (!this.initialized) throw new RpcError(NOT_INITIALIZED, 'Server not initialized');
  }

  private async call(id: Id, params: Readonly<Record<string, unknown>>): Promise<object> {
    if (typeof params.name !== 'string') throw new RpcError(INVALID_PARAMS, 'Invalid params: name must be a string');
    if (params.arguments !== undefined && params.arguments !== null && !isRecord(params.arguments)) {
      throw new RpcError(INVALID_PARAMS, 'Invalid params: arguments must be an object');
    }
    const abort = new AbortController();
    this.running.set(id, abort);
    try {
      const tool = this.find(params.name);
      const args = checkArguments(tool, (params.arguments as Record<string, unknown> | undefined) ?? {});
      const outcome = await this.options.call(tool.name, args, {
        signal: abort.signal,
        progress: this.reporter(params),
      });
      return content(toText(outcome.value), outcome.isError === true);
    } catch (error) {
      return content(error instanceof Error ? error.message : String(error), true);
    } finally {
      this.running.delete(id);
    }
  }

  /** The tool a client means: by its name, or behind a `prefix:`. */
  private find(requested: string): ToolDefinition {
    const tools = this.options.tools();
    const name = requested.slice(requested.indexOf(':') + 1);
    const tool =
      tools.find((candidate) => candidate.name === requested) ?? tools.find((candidate) => candidate.name === name);
    if (tool) return tool;
    if (this.options.unavailable?.().includes(name)) throw new Error(`Tool '${name}' not available`);
    throw new Error(
      notFoundText(
        name,
        tools.map((candidate) => candidate.name),
      ),
    );
  }

  private reporter(params: Readonly<Record<string, unknown>>): CallContext['progress'] {
    const token = isRecord(params._meta) ? params._meta.progressToken : undefined;
    if (typeof token !== 'string' && typeof token !== 'number') return () => {};
    return (progress, total, message) =>
      this.send({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: token, progress, total, message },
      });
  }

  private fail(id: Id, error: unknown): void {
    const code = error instanceof RpcError ? error.code : INTERNAL_ERROR;
    this.send({ jsonrpc: '2.0', id, error: { code, message: error instanceof Error ? error.message : String(error) } });
  }
}

function content(text: string, isError: boolean): object {
  return { content: [{ type: 'text', text }], ...(isError && { isError }) };
}

/** Text as it is, nothing as nothing, everything else as JSON. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return JSON.stringify(value) ?? String(value);
}
