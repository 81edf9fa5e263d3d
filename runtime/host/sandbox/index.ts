/**
 * The sandbox from the main thread: one thread a run, in which QuickJS evaluates the program. The
 * program reaches the host through `door` and nothing else; each limit ends the run with an outcome.
 */

import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { answerDoor } from './door.js';
import { completeLimits, type LimitKind, type Limits, limitMessage, THREAD_STACK_MB } from './limits.js';
import { type Door, INTERNAL_ERROR, type SandboxOutcome, type SandboxRun, type SandboxSetup } from './options.js';
import { loadEngine, loadGuest } from './resources.js';
import { CONTROL_REPLY, CONTROL_SLOTS, type FromThread, type ThreadSetup, type ToThread } from './thread.js';
import { watch } from './watchdog.js';

export type { LimitKind, Limits } from './limits.js';
export type * from './options.js';

/** Memory of the thread itself beside the engines', for messages on their way. */
const THREAD_HEAP_MB = 2048;

/** What a thread is made with besides its code. */
interface Thread {
  worker: Worker;
  control: Int32Array;
  /** Where replies to synchronous calls go in. */
  replies: MessagePort;
}

function startThread({ workerUrl = new URL('./worker.js', import.meta.url) }: SandboxSetup, limits: Limits): Thread {
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_SLOTS));
  const { port1, port2 } = new MessageChannel();
  const data: ThreadSetup = { control, replies: port2, limits };
  const worker = new Worker(workerUrl, {
    workerData: data,
    transferList: [port2],
    resourceLimits: { stackSizeMb: THREAD_STACK_MB, maxOldGenerationSizeMb: THREAD_HEAP_MB },
    env: {},
    execArgv: [],
    argv: [],
  });
  return { worker, control, replies: port1 };
}

/** Before the thread starts: what Node loads while the engine is compiled takes long to load (tiering.ts). */
function load({ engine, guest }: SandboxSetup): Pick<ToThread & { type: 'boot' }, 'engine' | 'guest'> | Error {
  try {
    return { engine: loadEngine(engine), guest: loadGuest(guest) };
  } catch (error) {
    return error as Error;
  }
}

export type SandboxOptions = SandboxRun & (SandboxSetup | { sandbox: PreparedSandbox });

/** A sandbox thread that has started, or is starting, to load the engine and the guest runtime. */
export class PreparedSandbox {
  private readonly limits: Limits;
  private readonly thread: Thread;
  private readonly done: Promise<SandboxOutcome>;
  private end!: (outcome: SandboxOutcome) => void;

  constructor(setup: SandboxSetup) {
    this.limits = completeLimits(setup.limits);
    this.done = new Promise((resolve) => {
      this.end = resolve;
    });
    const loaded = load(setup);
    this.thread = startThread(setup, this.limits);
    const { worker } = this.thread;
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.endByLimit('memory');
      else this.fail(error.message);
    });
    worker.on('exit', () => this.fail('the sandbox thread ended'));
    // Until it runs something, it does not keep the process alive.
    worker.unref();
    if (loaded instanceof Error) this.fail(`the sandbox cannot be loaded: ${loaded.message}`);
    else this.send({ type: 'boot', ...loaded });
  }

  /** Runs a program. A sandbox runs one, and ends with it. */
  async run(options: SandboxRun): Promise<SandboxOutcome> {
    this.thread.worker.ref();
    const over = new AbortController();
    this.thread.worker.on('message', (message: FromThread) => this.receive(message, options.door, over.signal));
    const stop = () => this.end({ kind: 'aborted' });
    options.signal?.addEventListener('abort', stop, { once: true });
    if (options.signal?.aborted) stop();
    const endLimits = this.startLimits();
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
    this.thread.worker.removeAllListeners('message');
    this.thread.replies.close();
    await this.thread.worker.terminate();
  }

  private start({ program, programName, chunks = {}, bodies, start = null }: SandboxRun): void {
    this.send({ type: 'run', program, programName, chunks, bodies, start: JSON.stringify(start) });
  }

  /** The limits that are enforced from outside the thread. Returns a function that lifts them. */
  private startLimits(): () => void {
    const { cpuMs, timeoutMs } = this.limits;
    const endWatch = watch(this.thread.control, cpuMs, () => this.endByLimit('cpu'));
    const timer = Number.isFinite(timeoutMs) ? setTimeout(() => this.endByLimit('time'), timeoutMs) : undefined;
    return () => {
      endWatch();
      clearTimeout(timer);
    };
  }

  private receive(message: FromThread, door: Door, signal: AbortSignal): void {
    if (message.type === 'outcome') this.end(message.outcome);
    if (message.type !== 'call' && message.type !== 'post') return;
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
    this.thread.replies.postMessage(text);
    Atomics.store(this.thread.control, CONTROL_REPLY, 1);
    Atomics.notify(this.thread.control, CONTROL_REPLY);
  }

  private send(message: ToThread): void {
    this.thread.worker.postMessage(message);
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

/**
 * Evaluates a guest runtime and makes an image of the result, from which sandboxes start many times
 * faster. It depends on the engine and the thread's code, so it belongs to the build of a package. The
 * guest must not read a clock or random numbers, or call the host, while it is evaluated.
 *
 * @throws Error when the guest cannot be evaluated
 */
export async function makeImage(setup: SandboxSetup & { guest: string }): Promise<Uint8Array> {
  const engine = loadEngine(setup.engine);
  const { worker } = startThread(setup, completeLimits(setup.limits));
  try {
    return await new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('message', (message: FromThread) => {
        if (message.type === 'image') resolve(message.image);
        else reject(new Error(`no image: ${JSON.stringify(message)}`));
      });
      worker.postMessage({ type: 'makeImage', engine, guest: setup.guest } satisfies ToThread);
    });
  } finally {
    await worker.terminate();
  }
}
