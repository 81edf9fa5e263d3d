/**
 * The seam to QuickJS: the only file that knows the engine. An `Engine` is one WebAssembly instance
 * with its own capped memory; a `Realm` is a JavaScript context in it. Text is all that crosses.
 *
 * The C functions are called directly, without the object layer of quickjs-emscripten-core: it
 * writes to address 0 when an allocation fails, and costs twice as much a call.
 *
 * An instance is never disposed (that can abort), and never entered again once an exception of the
 * host has passed through it: such an exception skips the C code's clean-up, which is what makes it
 * a stop no guest code can catch.
 */

import { Buffer } from 'node:buffer';
import loadEngine from '@jitl/quickjs-wasmfile-release-sync/emscripten-module';
import { QuickJSFFI } from '@jitl/quickjs-wasmfile-release-sync/ffi';
import { type LimitOwner, LimitReached } from './limits.js';

declare const handleBrand: unique symbol;
/** A reference to a guest value, owned by whoever got it; given back with `Realm.free`. */
export type Handle = number & { readonly [handleBrand]: true };

/** Answers a call of the guest. What it throws ends the instance. */
export type HostFunction = (...args: string[]) => string | undefined;

/** An exception the guest raised and did not catch. The instance is healthy. */
export class GuestError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly guestStack: string,
  ) {
    super(message);
  }
}

/** The engine itself failed. The instance is lost. */
export class EngineFailure extends Error {}

export interface EngineOptions {
  owner: LimitOwner;
  memoryMb: number;
  stackBytes: number;
  /** Asked every few thousand steps of the guest; true ends the run with the limit `cpu`. */
  isOverBudget(): boolean;
}

/** The part of the engine's C interface that is used; pointers are numbers, 0 means that memory ran out. */
interface Native {
  QTS_NewRuntime(): number;
  QTS_NewContext(runtime: number, intrinsics: number): number;
  QTS_RuntimeSetMaxStackSize(runtime: number, bytes: number): void;
  QTS_RuntimeEnableInterruptHandler(runtime: number): void;
  QTS_Eval(context: number, code: number, length: number, file: string, detectModule: number, flags: number): number;
  QTS_Call(context: number, fn: number, self: number, count: number, args: number): number;
  QTS_NewString(context: number, text: number): number;
  QTS_GetString(context: number, value: number): number;
  QTS_FreeCString(context: number, text: number): void;
  QTS_FreeValuePointer(context: number, value: number): void;
  QTS_ResolveException(context: number, value: number): number;
  QTS_GetGlobalObject(context: number): number;
  QTS_GetUndefined(): number;
  QTS_GetFloat64(context: number, value: number): number;
  QTS_GetProp(context: number, object: number, key: number): number;
  QTS_SetProp(context: number, object: number, key: number, value: number): void;
  QTS_NewFunction(context: number, name: string, length: number, isConstructor: boolean, id: number): number;
  QTS_ArgvGetJSValueConstPointer(args: number, index: number): number;
  QTS_IsJobPending(runtime: number): number;
  QTS_ExecutePendingJob(runtime: number, max: number, contextOut: number): number;
}

interface EmscriptenModule {
  HEAPU8: Uint8Array<ArrayBuffer>;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  callbacks: Record<string, (...args: number[]) => number>;
}

/** Its declaration describes the CommonJS file; what is imported is the ES module. */
const load = loadEngine as unknown as (options: Record<string, unknown>) => Promise<EmscriptenModule>;

/**
 * Where the loader sees Node it looks for its file system and its own place, which it needs for
 * nothing here and does not find when it runs from a `data:` URL. It looks before it first waits.
 */
function loadWithoutNode(options: Record<string, unknown>): Promise<EmscriptenModule> {
  const node = Object.getOwnPropertyDescriptor(globalThis, 'process')!;
  Object.defineProperty(globalThis, 'process', { value: undefined, configurable: true });
  try {
    return load(options);
  } finally {
    Object.defineProperty(globalThis, 'process', node);
  }
}

const PAGES_PER_MB = 16;
const MAX_ARGUMENTS = 8;

export class Engine {
  private lost = false;
  private runtime = 0;
  /** Where the arguments of a call are laid out. */
  private scratch = 0;
  /** Where the engine writes the context of the last job. */
  private jobContext = 0;
  /** Names read off errors, made beforehand: an error may mean that memory is full. */
  private errorKeys: readonly number[] = [];
  private isTracing = false;
  private buffer = Buffer.alloc(0);
  private readonly realms = new Map<number, Realm>();
  private readonly functions: { realm: Realm; fn: HostFunction }[] = [];
  private isMemoryRefused = false;

  private constructor(
    private readonly module: EmscriptenModule,
    private readonly native: Native,
    private readonly options: EngineOptions,
  ) {}

  /**
   * Makes an instance of a compiled engine.
   *
   * @throws EngineFailure when it cannot start
   */
  static async start(compiled: WebAssembly.Module, options: EngineOptions): Promise<Engine> {
    const memory = new WebAssembly.Memory({ initial: 256, maximum: options.memoryMb * PAGES_PER_MB });
    const module = await loadWithoutNode({
      wasmMemory: memory,
      print: () => {},
      printErr: () => {},
      instantiateWasm(imports: WebAssembly.Imports, ready: (instance: WebAssembly.Instance) => void) {
        ready(new WebAssembly.Instance(compiled, imports));
      },
    });
    const engine = new Engine(module, new QuickJSFFI(module as never) as unknown as Native, options);
    engine.watchMemory(memory);
    engine.boot();
    return engine;
  }

  private watchMemory(memory: WebAssembly.Memory): void {
    const grow = memory.grow.bind(memory);
    memory.grow = (pages) => {
      this.isMemoryRefused = true;
      const before = grow(pages);
      this.isMemoryRefused = false;
      return before;
    };
  }

  private boot(): void {
    this.module.callbacks = {
      callFunction: (_asyncify, context, _self, count, args, id) => this.answer(context!, count!, args!, id!),
      shouldInterrupt: () => this.interrupt(),
      freeHostRef: () => 0,
      // Without a module loader the engine refuses every import; these are never reached.
      loadModuleSource: () => 0,
      normalizeModule: () => 0,
    };
    this.guard(() => {
      this.runtime = this.known(this.native.QTS_NewRuntime());
      this.native.QTS_RuntimeSetMaxStackSize(this.runtime, this.options.stackBytes);
      this.native.QTS_RuntimeEnableInterruptHandler(this.runtime);
      this.scratch = this.known(this.module._malloc(4 * MAX_ARGUMENTS));
      this.jobContext = this.known(this.module._malloc(4));
    });
  }

  /** True when the latest request for memory was refused by the cap. */
  get isMemoryFull(): boolean {
    return this.isMemoryRefused;
  }

  /** A new realm with its own globals. Realms of one engine share its memory, its stack and its job queue. */
  newRealm(): Realm {
    return this.guard(() => {
      const context = this.known(this.native.QTS_NewContext(this.runtime, 0));
      if (this.realms.size === 0)
        this.errorKeys = ['name', 'message', 'stack'].map((key) => this.newString(context, key));
      const realm = new Realm(this, context);
      this.realms.set(context, realm);
      return realm;
    });
  }

  /**
   * Runs promise jobs until none is left.
   *
   * @throws GuestError for an exception that left a job
   */
  runJobs(): void {
    while (
      this.guard(() => {
        if (!this.native.QTS_IsJobPending(this.runtime)) return false;
        const result = this.known(this.native.QTS_ExecutePendingJob(this.runtime, -1, this.jobContext));
        const context = new Int32Array(this.module.HEAPU8.buffer, this.jobContext, 1)[0]!;
        // The number of jobs that ran, or what was thrown by one that failed.
        if (Number.isNaN(this.native.QTS_GetFloat64(context, result))) throw this.guestError(context, result);
        this.free(context, result);
        return true;
      })
    );
  }

  /** @internal */
  evaluate(context: number, code: string, file: string): number {
    return this.guard(() => {
      const [text, length] = this.writeText(code);
      const result = this.native.QTS_Eval(context, text, length, file, 0, 0);
      this.module._free(text);
      return this.checked(context, result);
    });
  }

  /** @internal */
  call(context: number, fn: number, args: readonly (string | Handle)[]): number {
    return this.guard(() => {
      const values = args.map((arg) => (typeof arg === 'string' ? this.newString(context, arg) : arg));
      new Int32Array(this.module.HEAPU8.buffer, this.scratch, values.length).set(values);
      const result = this.native.QTS_Call(context, fn, this.native.QTS_GetUndefined(), values.length, this.scratch);
      values.forEach((value, index) => {
        if (typeof args[index] === 'string') this.free(context, value);
      });
      return this.checked(context, result);
    });
  }

  /** @internal */
  property(context: number, object: number | undefined, name: string): number {
    return this.guard(() => {
      const owner = object ?? this.known(this.native.QTS_GetGlobalObject(context));
      const key = this.newString(context, name);
      const value = this.native.QTS_GetProp(context, owner, key);
      this.free(context, key);
      if (object === undefined) this.free(context, owner);
      return this.checked(context, value);
    });
  }

  /** @internal */
  define(realm: Realm, context: number, name: string, fn: HostFunction): void {
    this.guard(() => {
      const id = this.functions.push({ realm, fn }) - 1;
      const value = this.known(this.native.QTS_NewFunction(context, name, fn.length, false, id));
      const global = this.known(this.native.QTS_GetGlobalObject(context));
      const key = this.newString(context, name);
      this.native.QTS_SetProp(context, global, key, value);
      for (const pointer of [key, global, value]) this.free(context, pointer);
    });
  }

  /** @internal The text of a value, which is converted by the guest's rules. */
  text(context: number, value: number): string {
    return this.guard(() => this.readText(context, value));
  }

  /** @internal */
  free(context: number, value: number): void {
    if (!this.lost) this.native.QTS_FreeValuePointer(context, value);
  }

  /** Runs native code. Whatever but a guest's own exception comes out of it, the instance is lost. */
  private guard<T>(work: () => T): T {
    if (this.lost) throw new EngineFailure('the instance is lost');
    try {
      return work();
    } catch (error) {
      if (error instanceof GuestError) throw error;
      this.lost = true;
      throw this.explain(error);
    }
  }

  private explain(error: unknown): unknown {
    if (!(error instanceof Error)) return new EngineFailure(String(error));
    // The engine's own checks come first; this is what happens where they do not look.
    if (error instanceof RangeError && error.message.includes('call stack'))
      return new LimitReached('stack', this.options.owner);
    if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) {
      return this.isMemoryRefused ? this.outOfMemory() : new EngineFailure(error.message);
    }
    if ((error as NodeJS.ErrnoException).code === 'ERR_STRING_TOO_LONG') return this.outOfMemory();
    return error;
  }

  private outOfMemory(): LimitReached {
    return new LimitReached('memory', this.options.owner);
  }

  /** A pointer the engine returned; it returns 0 when it has no memory for it. */
  private known(pointer: number): number {
    if (pointer === 0) throw this.outOfMemory();
    return pointer;
  }

  /** The value an operation returned. Throws what the guest threw. */
  private checked(context: number, result: number): number {
    this.known(result);
    const error = this.native.QTS_ResolveException(context, result);
    if (error === 0) return result;
    this.free(context, result);
    throw this.guestError(context, error);
  }

  /** Takes over a value the guest threw. */
  private guestError(context: number, thrown: number): GuestError {
    const [name, message, stack] = this.errorKeys.map((key) => this.errorPart(context, thrown, key));
    this.free(context, thrown);
    // When memory is so full that no error object can be made, the engine throws null, which has no properties.
    if (name === undefined && this.isMemoryRefused) throw this.outOfMemory();
    return new GuestError(name ?? '', message ?? '', stack ?? '');
  }

  private errorPart(context: number, thrown: number, key: number): string | undefined {
    const value = this.known(this.native.QTS_GetProp(context, thrown, key));
    if (this.native.QTS_ResolveException(context, value) !== 0) return undefined;
    const text = this.readText(context, value);
    this.free(context, value);
    return text === 'undefined' ? '' : text;
  }

  private newString(context: number, text: string): number {
    const [pointer] = this.writeText(text);
    const value = this.native.QTS_NewString(context, pointer);
    this.module._free(pointer);
    // Only a lack of memory keeps a string from being made.
    if (value === 0 || this.native.QTS_ResolveException(context, value) !== 0) throw this.outOfMemory();
    return value;
  }

  /** Copies text into the instance as UTF-8 with a final NUL. */
  private writeText(text: string): [pointer: number, length: number] {
    const length = Buffer.byteLength(text);
    const pointer = this.known(this.module._malloc(length + 1));
    const heap = this.heap();
    heap.write(text, pointer, length, 'utf8');
    heap[pointer + length] = 0;
    return [pointer, length];
  }

  private readText(context: number, value: number): string {
    const pointer = this.native.QTS_GetString(context, value);
    if (pointer === 0) {
      // The conversion threw; for text and errors only a lack of memory or stack does that.
      throw this.isMemoryRefused ? this.outOfMemory() : new LimitReached('stack', this.options.owner);
    }
    const heap = this.heap();
    const text = heap.toString('utf8', pointer, heap.indexOf(0, pointer));
    this.native.QTS_FreeCString(context, pointer);
    return text;
  }

  /** The instance's memory; growing it replaces the buffer. */
  private heap(): Buffer {
    const { buffer } = this.module.HEAPU8;
    if (this.buffer.buffer !== buffer) this.buffer = Buffer.from(buffer);
    return this.buffer;
  }

  /** A call from the guest. */
  private answer(context: number, count: number, args: number, id: number): number {
    const entry = this.functions[id];
    if (!entry) throw new EngineFailure(`unknown host function ${id}`);
    const texts: string[] = [];
    for (let i = 0; i < count; i++) {
      texts.push(this.readText(context, this.native.QTS_ArgvGetJSValueConstPointer(args, i)));
    }
    let reply: string | undefined;
    try {
      reply = entry.fn(...texts);
    } catch (error) {
      // An exception of another instance's guest must not look like one of this guest.
      throw error instanceof GuestError ? new EngineFailure(error.message) : error;
    }
    return reply === undefined ? 0 : this.newString(context, reply);
  }

  /** Called by the engine between steps of the guest. */
  private interrupt(): number {
    // While the stack is traced, the guest must not run on.
    if (this.isTracing) return 1;
    if (!this.options.isOverBudget()) return 0;
    this.isTracing = true;
    throw new LimitReached('cpu', this.options.owner, this.trace());
  }

  /** Where the guest is now. The instance ends right after, so it does no harm that guest code runs here. */
  private trace(): string {
    try {
      const [first] = this.realms.values();
      return first?.traceStack() ?? '';
    } catch {
      return '';
    }
  }
}

export class Realm {
  private readonly tracer: Handle;

  /** @internal */
  constructor(
    private readonly engine: Engine,
    private readonly context: number,
  ) {
    this.tracer = this.evaluate('(() => { const E = Error; return () => new E().stack; })()', 'trace');
  }

  /**
   * Evaluates a script.
   *
   * @returns its completion value
   * @throws GuestError for an exception, a SyntaxError included
   * @throws LimitReached
   */
  evaluate(code: string, file: string): Handle {
    return this.engine.evaluate(this.context, code, file) as Handle;
  }

  /** Calls a guest function and drops its result. Throws like `evaluate`. */
  call(fn: Handle, ...args: (string | Handle)[]): void {
    this.free(this.engine.call(this.context, fn, args) as Handle);
  }

  /** Calls a guest function that returns text. Throws like `evaluate`. */
  callText(fn: Handle, ...args: (string | Handle)[]): string {
    const result = this.engine.call(this.context, fn, args) as Handle;
    const text = this.engine.text(this.context, result);
    this.free(result);
    return text;
  }

  /** A property of a guest object, or of the global object. */
  property(object: Handle | undefined, name: string): Handle {
    return this.engine.property(this.context, object, name) as Handle;
  }

  /** Defines a global function that the host answers. */
  define(name: string, fn: HostFunction): void {
    this.engine.define(this, this.context, name, fn);
  }

  free(value: Handle): void {
    this.engine.free(this.context, value);
  }

  /** @internal The stack of what is running, in the engine's format. */
  traceStack(): string {
    const stack = this.callText(this.tracer);
    // Without the tracer's own frame.
    return stack.slice(stack.indexOf('\n') + 1);
  }
}
