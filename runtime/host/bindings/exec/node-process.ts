/** One node child: started when first needed, fed over descriptor 3, started again after a crash. */

import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { EMPTY, join, type Mark } from '../../../shared/marks.js';
import { MAX_TIMER, type Services } from '../services.js';
import { HostError } from '../types.js';
import { planFor } from './boxed.js';
import type { NodeReply, NodeRequest } from './node-child/protocol.js';
import { nodeChildSource } from './node-child/source.js';

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

/** The child uses a loader hook that warns about being experimental; that is no news to a script's user. */
const QUIET = process.allowedNodeEnvironmentFlags.has('--disable-warning')
  ? ['--disable-warning=ExperimentalWarning']
  : [];

interface Pending {
  resolve: (reply: NodeReply) => void;
  reject: (error: HostError) => void;
}

interface Running {
  child: ChildProcess;
  channel: Socket;
  pending: Map<number, Pending>;
}

export class NodeProcess {
  #running: Promise<Running> | undefined;
  #current: Running | undefined;
  #nextId = 1;
  /** All it was ever given: what it prints may be made of any of it. */
  #given: Mark = EMPTY;

  constructor(
    private readonly services: Services,
    private readonly cwd: string,
    private readonly env: Record<string, string>,
  ) {}

  /**
   * Sends a request and waits for its reply.
   * @param mark of what the request carries
   * @throws HostError NODE_ENDED (the process ended meanwhile), EXEC_TIMEOUT
   */
  async ask(request: Unnumbered<NodeRequest>, timeout: number, mark: Mark): Promise<NodeReply> {
    this.#given = join(this.#given, mark);
    this.#running ??= this.#start().catch((error: unknown) => {
      this.#running = undefined;
      throw error;
    });
    const running = await this.#running;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer =
        timeout > 0 ? setTimeout(() => this.#expire(running, id, timeout), Math.min(timeout, MAX_TIMER)) : undefined;
      const finish = () => {
        clearTimeout(timer);
        running.pending.delete(id);
        if (running.pending.size === 0) running.channel.unref();
      };
      running.pending.set(id, {
        resolve(reply) {
          finish();
          resolve(reply);
        },
        reject(error) {
          finish();
          reject(error);
        },
      });
      running.channel.ref();
      running.channel.write(`${JSON.stringify({ ...request, id })}\n`);
    });
  }

  async #start(): Promise<Running> {
    const root = fileURLToPath(new URL('.', import.meta.url));
    const argv: [string, ...string[]] = [process.execPath, ...QUIET, '-e', nodeChildSource(root)];
    const plan = await planFor(this.services, { argv, cwd: this.cwd, env: this.env });
    const [file, ...args] = plan.argv;
    const child = this.services.children.spawn(file, args, {
      cwd: plan.cwd,
      env: plan.env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const channel = child.stdio[3] as Socket;
    const running: Running = { child, channel, pending: new Map() };
    this.#current = running;
    const end = (reason: string) => {
      this.#drop(running);
      for (const entry of [...running.pending.values()])
        entry.reject(new HostError('MlldCommandExecution', 'NODE_ENDED', reason));
      void plan.dispose();
    };
    child.once('error', (error) => end(`Cannot start node: ${error.message}`));
    child.once('exit', (code, signal) =>
      end(`The node process ended while it was working (${signal ?? `exit code ${code}`})`),
    );
    channel.on('error', () => {});
    readLines(channel, (line) => {
      const reply = JSON.parse(line) as NodeReply;
      running.pending.get(reply.id)?.resolve(reply);
    });
    // What bypasses console.log, such as the output of a body's own children, is for people, like a remark.
    for (const stream of [child.stdout!, child.stderr!] as Socket[]) {
      stream.on('data', (chunk: Buffer) => {
        if (this.services.permitsRemark(this.#given)) void this.services.console.write('stderr', chunk.toString());
      });
      stream.on('error', () => {});
      stream.unref();
    }
    child.unref();
    return running;
  }

  /** The next request starts a new process. */
  #drop(running: Running): void {
    if (this.#current !== running) return;
    this.#current = undefined;
    this.#running = undefined;
  }

  /** A body that runs too long cannot be stopped alone; its process ends, and with it what else runs there. */
  #expire(running: Running, id: number, ms: number): void {
    running.pending.get(id)?.reject(
      new HostError('MlldCommandExecution', 'EXEC_TIMEOUT', `Command timed out after ${ms} ms: node`, {
        timeout: ms,
      }),
    );
    this.#drop(running);
    void this.services.children.end(running.child);
  }
}

/** Splits a stream into lines without looking at any byte twice. */
function readLines(stream: Socket, use: (line: string) => void): void {
  let parts: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    parts.push(lines[0]!);
    for (const line of lines.slice(1)) {
      use(parts.join(''));
      parts = [line];
    }
  });
}
