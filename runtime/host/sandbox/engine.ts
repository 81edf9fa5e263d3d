/**
 * Engines and realms: JavaScript that runs in QuickJS, as the rest of the sandbox sees it. An `Engine`
 * is one WebAssembly instance with its own capped memory; a `Realm` is a JavaScript context in it.
 * Text is all that crosses, and numbers of js bodies.
 *
 * An instance is never disposed (that can abort), and never entered again once an exception of the
 * host has passed through it: such an exception skips the C code's clean-up, which is what makes it
 * a stop no guest code can catch.
 */

import { type EngineState, openImage, packImage } from './image.js';
import { type LimitOwner, LimitReached } from './limits.js';
import { Native } from './native.js';
import { compileInterpreter } from './tiering.js';

declare const handleBrand: unique symbol;
/** A reference to a guest value, owned by whoever got it; given back with `Realm.free`. */
export type Handle = number & { readonly [handleBrand]: true };

/** The functions of a realm that the host calls, by name. */
export type Entry<Name extends string> = Readonly<Record<Name, Handle>>;

/** Answers a call of the guest. What it throws ends the instance. */
export type HostFunction = (...args: string[]) => string | undefined;

/**
 * Answers a call of the guest whose first argument is a number. Texts are UTF-8 here: what goes on to
 * another instance need not become a string in between.
 */
export type BodyFunction = (
  body: number,
  args: Uint8Array,
  cell: number,
  id: string | undefined,
) => Uint8Array | undefined;

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

const PAGES_PER_MB = 16;
const MAX_ARGUMENTS = 8;

/** A function that does nothing. */
const IDLER = '(() => {})';
/** A function that gives the stack of what is running. */
const TRACER = '(() => { const E = Error; return () => new E().stack; })()';

export class Engine {
  /** Answers calls of the function that `Realm.defineHost` defines. */
  host: HostFunction | undefined;
  /** Answers those that begin with a number. */
  bodies: BodyFunction | undefined;
  private native!: Native;
  private state: EngineState = {
    runtime: 0,
    // Where the arguments of a call are laid out, and where the engine writes the context of the last job.
    scratch: 0,
    jobContext: 0,
    // Names read off errors, made beforehand: an error may mean that memory is full.
    errorKeys: [],
    context: 0,
    idler: 0,
    tracer: 0,
    entry: {},
  };
  private isLost = false;
  private isTracing = false;

  private constructor(private readonly options: EngineOptions) {}

  /**
   * Makes an instance of a compiled engine.
   *
   * @throws Error when it cannot start
   */
  static async start(compiled: WebAssembly.Module, options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    await engine.load(compiled);
    engine.guard(() => {
      const { functions } = engine.native;
      const runtime = engine.known(functions.QTS_NewRuntime());
      functions.QTS_RuntimeSetMaxStackSize(runtime, options.stackBytes);
      functions.QTS_RuntimeEnableInterruptHandler(runtime);
      const scratch = engine.known(engine.native.allocate(4 * MAX_ARGUMENTS));
      const jobContext = engine.known(engine.native.allocate(4));
      Object.assign(engine.state, { runtime, scratch, jobContext });
    });
    return engine;
  }

  /**
   * Makes an instance from an image of the same compiled engine.
   *
   * @returns the engine, its realm, and the functions the image was made with
   */
  static async restore<Name extends string>(
    compiled: WebAssembly.Module,
    options: EngineOptions,
    bytes: Uint8Array,
  ): Promise<{ engine: Engine; realm: Realm; entry: Entry<Name> }> {
    const image = openImage(bytes);
    const engine = new Engine(options);
    await engine.load(compiled, image.memoryPages);
    image.restore(engine.native.bytes);
    engine.state = image.state;
    compileInterpreter(() => engine.idle());
    return { engine, realm: new Realm(engine, image.state.context), entry: image.state.entry as Entry<Name> };
  }

  /** An image of an engine with one realm, to be taken while nothing runs in it. */
  async image(compiled: WebAssembly.Module, entry: Entry<string>): Promise<Uint8Array> {
    const fresh = new Engine(this.options);
    await fresh.load(compiled);
    return packImage(this.native.bytes, fresh.native.bytes, { ...this.state, entry });
  }

  private async load(compiled: WebAssembly.Module, pages?: number): Promise<void> {
    const callbacks = {
      onCall: (context: number, count: number, args: number) => this.answer(context, count, args),
      onInterrupt: () => this.interrupt(),
    };
    this.native = await Native.load(compiled, this.options.memoryMb * PAGES_PER_MB, callbacks, pages);
  }

  /** Calls a guest function that does nothing. */
  private idle(): void {
    const { context, idler } = this.state;
    this.free(context, this.call(context, idler, []));
  }

  /** True when the latest request for memory was refused by the cap. */
  get isMemoryFull(): boolean {
    return this.native.isMemoryFull;
  }

  /** A new realm with its own globals. Realms of one engine share its memory, its stack and its job queue. */
  newRealm(): Realm {
    return this.guard(() => {
      const context = this.known(this.native.functions.QTS_NewContext(this.state.runtime, 0));
      if (this.state.context === 0) {
        this.state.errorKeys = ['name', 'message', 'stack'].map((key) => this.newString(context, key));
        this.state.idler = this.evaluate(context, IDLER, 'idle');
        this.state.tracer = this.evaluate(context, TRACER, 'trace');
        this.state.context = context;
      }
      return new Realm(this, context);
    });
  }

  /**
   * Runs promise jobs until none is left.
   *
   * @throws GuestError for an exception that left a job
   */
  runJobs(): void {
    const { functions } = this.native;
    const { runtime, jobContext } = this.state;
    while (!this.isLost && functions.QTS_IsJobPending(runtime)) {
      this.guard(() => {
        const result = this.known(functions.QTS_ExecutePendingJob(runtime, -1, jobContext));
        const context = this.native.pointers(jobContext, 1)[0]!;
        // The number of jobs that ran, or what was thrown by one that failed.
        if (Number.isNaN(functions.QTS_GetFloat64(context, result))) throw this.guestError(context, result);
        this.free(context, result);
      });
    }
  }

  /** @internal */
  evaluate(context: number, code: string, file: string): number {
    return this.guard(() => {
      const [text, length] = this.native.writeText(code);
      const result = this.native.functions.QTS_Eval(context, this.known(text), length, file, 0, 0);
      this.native.release(text);
      return this.checked(context, result);
    });
  }

  /** @internal */
  call(context: number, fn: number, args: readonly (string | Handle)[]): number {
    return this.guard(() => {
      const { functions } = this.native;
      const { scratch } = this.state;
      const values = args.map((arg) => (typeof arg === 'string' ? this.newString(context, arg) : arg));
      this.native.pointers(scratch, values.length).set(values);
      const result = functions.QTS_Call(context, fn, functions.QTS_GetUndefined(), values.length, scratch);
      for (let i = 0; i < args.length; i++) if (typeof args[i] === 'string') this.free(context, values[i]!);
      return this.checked(context, result);
    });
  }

  /** @internal Calls a function of one text that gives a text. */
  callBytes(context: number, fn: number, text: Uint8Array): Uint8Array {
    return this.guard(() => {
      const { functions } = this.native;
      const { scratch } = this.state;
      const arg = this.newBytes(context, text);
      this.native.pointers(scratch, 1)[0] = arg;
      const result = functions.QTS_Call(context, fn, functions.QTS_GetUndefined(), 1, scratch);
      this.free(context, arg);
      const reply = this.readBytes(context, this.checked(context, result));
      this.free(context, result);
      return reply;
    });
  }

  /** @internal */
  property(context: number, object: number | undefined, name: string): number {
    return this.guard(() => {
      const { functions } = this.native;
      const owner = object ?? this.known(functions.QTS_GetGlobalObject(context));
      const key = this.newString(context, name);
      const value = functions.QTS_GetProp(context, owner, key);
      this.free(context, key);
      if (object === undefined) this.free(context, owner);
      return this.checked(context, value);
    });
  }

  /** @internal */
  defineHost(context: number, name: string): void {
    this.guard(() => {
      const { functions } = this.native;
      const value = this.known(functions.QTS_NewFunction(context, name, 0, false, 0));
      const global = this.known(functions.QTS_GetGlobalObject(context));
      const key = this.newString(context, name);
      functions.QTS_SetProp(context, global, key, value);
      for (const pointer of [key, global, value]) this.free(context, pointer);
    });
  }

  /** @internal The text of a value, which is converted by the guest's rules. */
  text(context: number, value: number): string {
    return this.guard(() => this.readText(context, value));
  }

  /** @internal */
  free(context: number, value: number): void {
    if (!this.isLost) this.native.functions.QTS_FreeValuePointer(context, value);
  }

  /** Runs native code. Whatever but a guest's own exception comes out of it, the instance is lost. */
  private guard<T>(work: () => T): T {
    if (this.isLost) throw new EngineFailure('the instance is lost');
    try {
      return work();
    } catch (error) {
      if (error instanceof GuestError) throw error;
      this.isLost = true;
      throw this.explain(error);
    }
  }

  private explain(error: unknown): unknown {
    if (!(error instanceof Error)) return new EngineFailure(String(error));
    // The engine's own checks come first; this is what happens where they do not look.
    if (error instanceof RangeError && error.message.includes('call stack')) return this.limit('stack');
    if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) {
      return this.isMemoryFull ? this.limit('memory') : new EngineFailure(error.message);
    }
    return (error as NodeJS.ErrnoException).code === 'ERR_STRING_TOO_LONG' ? this.limit('memory') : error;
  }

  private limit(which: 'memory' | 'stack'): LimitReached {
    return new LimitReached(which, this.options.owner);
  }

  /** A pointer the engine returned; it returns 0 when it has no memory for it. */
  private known(pointer: number): number {
    if (pointer === 0) throw this.limit('memory');
    return pointer;
  }

  /** The value an operation returned. Throws what the guest threw. */
  private checked(context: number, result: number): number {
    const error = this.native.functions.QTS_ResolveException(context, this.known(result));
    if (error === 0) return result;
    this.free(context, result);
    throw this.guestError(context, error);
  }

  /** Takes over a value the guest threw. */
  private guestError(context: number, thrown: number): GuestError {
    const [name, message, stack] = this.state.errorKeys.map((key) => this.errorPart(context, thrown, key));
    this.free(context, thrown);
    // When memory is so full that no error object can be made, the engine throws null, which has no properties.
    if (name === undefined && this.isMemoryFull) throw this.limit('memory');
    return new GuestError(name ?? '', message ?? '', stack ?? '');
  }

  private errorPart(context: number, thrown: number, key: number): string | undefined {
    const value = this.known(this.native.functions.QTS_GetProp(context, thrown, key));
    if (this.native.functions.QTS_ResolveException(context, value) !== 0) return undefined;
    const text = this.readText(context, value);
    this.free(context, value);
    return text === 'undefined' ? '' : text;
  }

  private newString(context: number, text: string): number {
    return this.stringAt(context, this.native.writeText(text)[0]);
  }

  private newBytes(context: number, text: Uint8Array): number {
    return this.stringAt(context, this.native.writeBytes(text));
  }

  /** Makes a string of a text in the engine's memory, which is given back. */
  private stringAt(context: number, pointer: number): number {
    const value = this.native.functions.QTS_NewString(context, this.known(pointer));
    this.native.release(pointer);
    // Only a lack of memory keeps a string from being made.
    if (value === 0 || this.native.functions.QTS_ResolveException(context, value) !== 0) throw this.limit('memory');
    return value;
  }

  private readText(context: number, value: number): string {
    const pointer = this.textOf(context, value);
    const text = this.native.readText(pointer);
    this.native.functions.QTS_FreeCString(context, pointer);
    return text;
  }

  private readBytes(context: number, value: number): Uint8Array {
    const pointer = this.textOf(context, value);
    const text = this.native.readBytes(pointer);
    this.native.functions.QTS_FreeCString(context, pointer);
    return text;
  }

  /** Where the engine has written a value's text. */
  private textOf(context: number, value: number): number {
    const pointer = this.native.functions.QTS_GetString(context, value);
    // The conversion threw; for text and errors only a lack of memory or stack does that.
    if (pointer === 0) throw this.limit(this.isMemoryFull ? 'memory' : 'stack');
    return pointer;
  }

  /** A call from the guest. */
  private answer(context: number, count: number, args: number): number {
    const { functions } = this.native;
    const argument = (index: number) => functions.QTS_ArgvGetJSValueConstPointer(args, index);
    const body = count > 2 ? functions.QTS_GetFloat64(context, argument(0)) : Number.NaN;
    try {
      if (!Number.isNaN(body) && this.bodies) {
        const cell = functions.QTS_GetFloat64(context, argument(2));
        const id = count > 3 ? this.readText(context, argument(3)) : undefined;
        const reply = this.bodies(body, this.readBytes(context, argument(1)), cell, id);
        return reply === undefined ? 0 : this.newBytes(context, reply);
      }
      const texts = Array.from({ length: count }, (_, index) => this.readText(context, argument(index)));
      if (!this.host) throw new EngineFailure('a call of the host function, which is not there yet');
      const reply = this.host(...texts);
      return reply === undefined ? 0 : this.newString(context, reply);
    } catch (error) {
      // An exception of another instance's guest must not look like one of this guest.
      throw error instanceof GuestError ? new EngineFailure(error.message) : error;
    }
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
    const { context, tracer } = this.state;
    try {
      const stack = this.text(context, this.call(context, tracer, []));
      // Without the tracer's own frame.
      return stack.slice(stack.indexOf('\n') + 1);
    } catch {
      return '';
    }
  }
}

export class Realm {
  /** @internal */
  constructor(
    private readonly engine: Engine,
    private readonly context: number,
  ) {}

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

  /** Evaluates a script and drops its value. Throws like `evaluate`. */
  execute(code: string, file: string): void {
    this.free(this.evaluate(code, file));
  }

  /** Calls a guest function and drops its result. Throws like `evaluate`. */
  call(fn: Handle, ...args: (string | Handle)[]): void {
    this.free(this.engine.call(this.context, fn, args) as Handle);
  }

  /** Calls a guest function and gives its result. Throws like `evaluate`. */
  callFor(fn: Handle, ...args: (string | Handle)[]): Handle {
    return this.engine.call(this.context, fn, args) as Handle;
  }

  /** Calls a guest function of one text that returns text, both in UTF-8. Throws like `evaluate`. */
  callBytes(fn: Handle, text: Uint8Array): Uint8Array {
    return this.engine.callBytes(this.context, fn, text);
  }

  /** Calls a guest function that returns text. Throws like `evaluate`. */
  callText(fn: Handle, ...args: (string | Handle)[]): string {
    const result = this.engine.call(this.context, fn, args) as Handle;
    const text = this.engine.text(this.context, result);
    this.free(result);
    return text;
  }

  /** Functions of a guest object, by name. */
  entry<Name extends string>(object: Handle, names: readonly Name[]): Entry<Name> {
    const functions = names.map((name) => [name, this.engine.property(this.context, object, name)]);
    return Object.fromEntries(functions) as Entry<Name>;
  }

  /** The value of a global variable. */
  global(name: string): Handle {
    return this.engine.property(this.context, undefined, name) as Handle;
  }

  /** Defines a global function that `Engine.host` answers. */
  defineHost(name: string): void {
    this.engine.defineHost(this.context, name);
  }

  free(value: Handle): void {
    this.engine.free(this.context, value);
  }
}
