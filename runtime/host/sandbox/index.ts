/**
 * The sandbox from the main thread: one thread a run, in which QuickJS evaluates the program. The
 * program reaches the host through `door` and nothing else; each limit ends the run with an outcome.
 */

import { readFile } from 'node:fs/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { answerDoor } from './door.js';
import { completeLimits, type LimitKind, type Limits, limitMessage, THREAD_STACK_MB } from './limits.js';
import { type Door, INTERNAL_ERROR, type SandboxOutcome, type SandboxRun, type SandboxSetup } from './options.js';
import { CONTROL_REPLY, CONTROL_SLOTS, type FromThread, type ThreadSetup, type ToThread } from './thread.js';
import { watch } from './watchdog.js';

export type { LimitKind, Limits } from './limits.js';
export type * from './options.js';

/** Memory of the thread itself beside the engines', for messages on their way. */
const THREAD_HEAP_MB = 2048;

const compiledEngines = new Map<string, Promise<WebAssembly.Module>>();

/** Compiles the engine, once a process for each file. */
function compileEngine(source: URL | Uint8Array): Promise<WebAssembly.Module> {
  if (!(source instanceof URL)) return WebAssembly.compile(source);
  let compiled = compiledEngines.get(source.href);
  if (!compiled) {
    compiled = readFile(source).then((bytes) => WebAssembly.compile(bytes));
    compiledEngines.set(source.href, compiled);
  }
  return compiled;
}

export type SandboxOptions = SandboxRun & (SandboxSetup | { sandbox: PreparedSandbox });

/** A sandbox thread that has started, or is starting, to load the engine and the guest runtime. */
export class PreparedSandbox {
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_SLOTS));
  private readonly syncReplies = new MessageChannel();
  private readonly limits: Limits;
  private readonly worker: Worker;
  private readonly booted: Promise<void>;
  private readonly done: Promise<SandboxOutcome>;
  private end!: (outcome: SandboxOutcome) => void;

  constructor(setup: SandboxSetup) {
    this.limits = completeLimits(setup.limits);
    const data: ThreadSetup = { control: this.control, replies: this.syncReplies.port2, limits: this.limits };
    this.worker = new Worker(setup.workerUrl ?? new URL('./worker.js', import.meta.url), {
      workerData: data,
      transferList: [this.syncReplies.port2],
      resourceLimits: { stackSizeMb: THREAD_STACK_MB, maxOldGenerationSizeMb: THREAD_HEAP_MB },
      env: {},
      execArgv: [],
      argv: [],
    });
    this.done = new Promise((resolve) => {
      this.end = resolve;
    });
    this.worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.endByLimit('memory');
      else this.fail(error.message);
    });
    this.worker.on('exit', () => this.fail('the sandbox thread ended'));
    // Until it runs something, it does not keep the process alive.
    this.worker.unref();
    this.booted = compileEngine(setup.engine ?? new URL('./quickjs.wasm', import.meta.url)).then(
      (engine) => this.send({ type: 'boot', engine, guest: setup.guest }),
      (error: Error) => this.fail(`the engine cannot be loaded: ${error.message}`),
    );
  }

  /** Runs a program. A sandbox runs one, and ends with it. */
  async run(options: SandboxRun): Promise<SandboxOutcome> {
    this.worker.ref();
    const over = new AbortController();
    this.worker.on('message', (message: FromThread) => this.receive(message, options.door, over.signal));
    const stop = () => this.end({ kind: 'aborted' });
    options.signal?.addEventListener('abort', stop, { once: true });
    if (options.signal?.aborted) stop();
    const endLimits = this.startLimits();
    await this.booted;
    this.start(options);
    const outcome = await this.done;
    endLimits();
    options.signal?.removeEventListener('abort', stop);
    over.abort();
    void this.discard();
    return outcome;
  }

  /** Ends the thread. Needed only for a sandbox that is not going to run. */
  async discard(): Promise<void> {
    this.end({ kind: 'aborted' });
    this.worker.removeAllListeners('message');
    this.syncReplies.port1.close();
    await this.worker.terminate();
  }

  private start({ program, programName, chunks = {}, bodies, start = null }: SandboxRun): void {
    this.send({ type: 'run', program, programName, chunks, bodies, start: JSON.stringify(start) });
  }

  /** The limits that are enforced from outside the thread. Returns a function that lifts them. */
  private startLimits(): () => void {
    const { cpuMs, timeoutMs } = this.limits;
    const endWatch = watch(this.control, cpuMs, () => this.endByLimit('cpu'));
    const timer = Number.isFinite(timeoutMs) ? setTimeout(() => this.endByLimit('time'), timeoutMs) : undefined;
    return () => {
      endWatch();
      clearTimeout(timer);
    };
  }

  private receive(message: FromThread, door: Door, signal: AbortSignal): void {
    if (message.type === 'outcome') {
      this.end(message.outcome);
      return;
    }
    answerDoor(message.text, door, signal).then(
      (text) => {
        if (signal.aborted) return;
        if (message.type === 'post') this.send({ type: 'reply', text, requestLength: message.text.length });
        else this.answerCall(text);
      },
      (error: Error) => this.fail(error.message),
    );
  }

  private answerCall(text: string): void {
    this.syncReplies.port1.postMessage(text);
    Atomics.store(this.control, CONTROL_REPLY, 1);
    Atomics.notify(this.control, CONTROL_REPLY);
  }

  private send(message: ToThread): void {
    this.worker.postMessage(message);
  }

  private endByLimit(which: LimitKind): void {
    this.end({ kind: 'limit', which, message: limitMessage(which, 'program', this.limits) });
  }

  private fail(message: string): void {
    this.end({ kind: 'error', error: { name: 'Error', code: INTERNAL_ERROR, message } });
  }
}

/** Starts a sandbox while the program is still being compiled. */
export function prepareSandbox(setup: SandboxSetup): PreparedSandbox {
  return new PreparedSandbox(setup);
}

/** Runs a program in a sandbox of its own, or in one made by `prepareSandbox`. */
export function runInSandbox(options: SandboxOptions): Promise<SandboxOutcome> {
  const sandbox = 'sandbox' in options ? options.sandbox : new PreparedSandbox(options);
  return sandbox.run(options);
}
