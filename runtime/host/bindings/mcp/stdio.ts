/** The stdio transport: a server as a child, one JSON message a line. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { MAX_NESTING, nestsDeeperThan } from '../../../shared/nesting.js';
import { signalGroup, spawnGroup, stopGroup } from '../../isolation/lifeline.js';
import { watchFamily } from '../../isolation/resources.js';
import type { SpawnPlan } from '../../isolation/types.js';
import { LineSplitter } from '../lines.js';
import { type Channel, floodText, NESTED_TEXT } from './channel.js';
import { quoteServer } from './errors.js';

/** How much of a server's stderr is kept for error messages. */
const STDERR_BYTES = 16 * 1024;

/** How long a server may take to end by itself once its input is closed. */
const CLOSE_MS = 100;

/** How long to wait for the end of the output of a server that has ended. */
const DRAIN_MS = 500;

/** Starts a server from a plan. The SDK's own stdio transport kills one process; this one kills the group. */
export class StdioChannel implements Channel, Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  private child: ChildProcess | undefined;
  private end: string | null = null;
  /** Why the server was stopped: what it sent could not be taken. */
  private breach: string | null = null;
  private stderr = Buffer.alloc(0);
  private strayLines = 0;
  private firstStray = '';

  constructor(
    private readonly plan: SpawnPlan,
    private readonly maxMessageBytes: number,
  ) {}

  get transport(): Transport {
    return this;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  ended(): string | null {
    if (this.breach !== null) return this.breach;
    if (this.end === null) return null;
    const complaint = quoteServer(this.stderr.toString('utf8'));
    return complaint ? `${this.end}\n${complaint}` : this.end;
  }

  remark(): string {
    if (this.strayLines === 0) return '';
    const count = this.strayLines === 1 ? '1 line' : `${this.strayLines} lines`;
    return `\nIt wrote ${count} to stdout that are not JSON-RPC, first: ${quoteServer(this.firstStray).slice(0, 200)}`;
  }

  async start(): Promise<void> {
    const child = spawnGroup(this.plan.argv, {
      cwd: this.plan.cwd,
      env: this.plan.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    const unwatch = watchFamily(child.pid, this.plan.limits, (name) =>
      this.refuse(`took more than limits.${name} of its box permits (${this.plan.limits[name]}) and was stopped`),
    );
    const lines = new LineSplitter(
      this.maxMessageBytes,
      (line) => this.receive(line),
      () => this.refuse(floodText(this.maxMessageBytes)),
    );
    child.stdout!.on('data', (chunk: Buffer) => lines.push(chunk));
    child.stderr!.on('data', (chunk: Buffer) => {
      this.stderr = Buffer.concat([this.stderr, chunk]).subarray(-STDERR_BYTES);
    });
    // A server that stopped reading is noticed by its exit or by a time limit.
    child.stdin!.on('error', () => {});
    child.once('exit', (code, signal) => {
      this.end = code === null ? `was ended by signal ${signal}` : `exited with code ${code}`;
      const drained = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, DRAIN_MS);
      child.once('close', () => clearTimeout(drained));
    });
    child.once('close', () => {
      unwatch();
      void this.plan.dispose();
      this.onclose?.();
    });
    await once(child, 'spawn');
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.child?.stdin;
    if (!stdin || this.end !== null) throw new Error('Not connected');
    if (!stdin.write(`${JSON.stringify(message)}\n`))
      await Promise.race([once(stdin, 'drain'), once(stdin, 'close')]).catch(() => {});
  }

  /** Called by the SDK when it gives up on the connection. */
  async close(): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    const child = this.child;
    if (!child || this.end !== null) return;
    const closed = once(child, 'close');
    child.stdin!.end();
    const patience = setTimeout(() => void stopGroup(child), CLOSE_MS);
    await closed;
    clearTimeout(patience);
  }

  private receive(line: string): void {
    if (line.trim() === '') return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      message = undefined;
    }
    if (typeof message === 'object' && message !== null && (message as { jsonrpc?: unknown }).jsonrpc === '2.0') {
      if (nestsDeeperThan(message, MAX_NESTING)) this.refuse(`${NESTED_TEXT} and was stopped`);
      else this.onmessage?.(message as JSONRPCMessage);
      return;
    }
    if (this.strayLines++ === 0) this.firstStray = line.slice(0, 1000);
  }

  /** What it sends is not taken any more. */
  private refuse(reason: string): void {
    if (this.breach !== null) return;
    this.breach = reason;
    if (this.child) signalGroup(this.child, 'SIGKILL');
  }
}
