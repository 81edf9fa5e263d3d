/** One node child: started when first needed, fed over descriptor 3, started again after a crash. */

import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { EMPTY, join, type Mark } from '../../../shared/marks.js';
import { watchFamily } from '../../isolation/resources.js';
import { LineSplitter } from '../lines.js';
import { MAX_TIMER, type Services } from '../services.js';
import { HostError } from '../types.js';
import { planFor } from './boxed.js';
import type { NodeReply, NodeRequest } from './node-child/protocol.js';
import { nodeChildSource } from './node-child/source.js';
import { depthError, readReply } from './node-replies.js';
import { outputLimit, resourceLimit } from './run.js';

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
      unwatch();
      void plan.dispose();
    };
    child.once('error', (error) => end(`Cannot start node: ${error.message}`));
    child.once('exit', (code, signal) =>
      end(`The node process ended while it was working (${signal ?? `exit code ${code}`})`),
    );
    channel.on('error', () => {});
    const refuse = (error: HostError) => {
      for (const entry of [...running.pending.values()]) entry.reject(error);
      this.#drop(running);
      void this.services.children.end(child);
    };
    const unwatch = watchFamily(child.pid, plan.limits, (name) => {
      this.services.children.kill(child);
      refuse(resourceLimit('node', name, plan.limits));
    });
    const most = this.services.limits.output;
    const lines = new LineSplitter(
      most,
      (line) => this.#take(running, line, refuse),
      () => refuse(outputLimit('node', most)),
    );
    channel.on('data', (chunk: Buffer) => lines.push(chunk));
    // What bypasses console.log, such as the output of a body's own children, is for people, like a remark.
    let printed = 0;
    for (const stream of [child.stdout!, child.stderr!] as Socket[]) {
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.length;
        if (printed > most) refuse(outputLimit('node', most));
        else if (this.services.permitsRemark(this.#given)) void this.services.console.write('stderr', chunk.toString());
      });
      stream.on('error', () => {});
      stream.unref();
    }
    child.unref();
    return running;
  }

  /** Hands a line of the child to whoever waits for it. */
  #take(running: Running, line: string, refuse: (error: HostError) => void): void {
    const reply = readReply(line);
    if (reply === null) {
      const message = 'The node process sent something that is no answer, and was ended';
      refuse(new HostError('MlldCommandExecution', 'NODE_ENDED', message));
      return;
    }
    const pending = running.pending.get(reply.id);
    const error = depthError(reply);
    if (error) pending?.reject(error);
    else pending?.resolve(reply);
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
