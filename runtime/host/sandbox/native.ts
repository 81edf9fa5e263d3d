/**
 * QuickJS as a WebAssembly instance: loading it, its memory, its C functions. This is the only file
 * that imports the engine; engine.ts makes realms and values of it.
 *
 * The C functions are called directly, without the object layer of quickjs-emscripten-core: it
 * writes to address 0 when an allocation fails, and costs twice as much a call.
 */

import { Buffer } from 'node:buffer';
import loadModule from '@jitl/quickjs-wasmfile-release-sync/emscripten-module';
import { QuickJSFFI } from '@jitl/quickjs-wasmfile-release-sync/ffi';

/** The part of the C interface that is used. Values are pointers; 0 means that memory ran out. */
export interface NativeFunctions {
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

/** What the engine calls while guest code runs. */
export interface NativeCallbacks {
  /** A call of the host function. Returns a value, or 0 for undefined. */
  onCall(context: number, count: number, args: number): number;
  /** Asked every few thousand steps; 1 interrupts the guest with an exception. */
  onInterrupt(): number;
}

interface EmscriptenModule {
  HEAPU8: Uint8Array<ArrayBuffer>;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  callbacks: Record<string, (...args: number[]) => number>;
}

/** The engine's own start size. */
const INITIAL_PAGES = 256;

/** Its declaration describes the CommonJS file; what is imported is the ES module. */
const load = loadModule as unknown as (options: Record<string, unknown>) => Promise<EmscriptenModule>;

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

export class Native {
  readonly functions: NativeFunctions;
  /** True when the latest request for more memory was refused by the cap. */
  isMemoryFull = false;
  private view = Buffer.alloc(0);

  private constructor(private readonly module: EmscriptenModule) {
    this.functions = new QuickJSFFI(module as never) as unknown as NativeFunctions;
  }

  /** Makes an instance whose memory may grow to `maxPages` of 64 KB. */
  static async load(
    compiled: WebAssembly.Module,
    maxPages: number,
    callbacks: NativeCallbacks,
    initialPages = INITIAL_PAGES,
  ): Promise<Native> {
    const memory = new WebAssembly.Memory({ initial: initialPages, maximum: Math.max(initialPages, maxPages) });
    const module = await loadWithoutNode({
      wasmMemory: memory,
      print: () => {},
      printErr: () => {},
      instantiateWasm(imports: WebAssembly.Imports, ready: (instance: WebAssembly.Instance) => void) {
        ready(new WebAssembly.Instance(compiled, imports));
      },
    });
    module.callbacks = {
      callFunction: (_asyncify, context, _self, count, args) => callbacks.onCall(context!, count!, args!),
      shouldInterrupt: () => callbacks.onInterrupt(),
      freeHostRef: () => 0,
      // Without a module loader the engine refuses every import; these are never reached.
      loadModuleSource: () => 0,
      normalizeModule: () => 0,
    };
    const native = new Native(module);
    native.watchGrowth(memory);
    return native;
  }

  private watchGrowth(memory: WebAssembly.Memory): void {
    const grow = memory.grow.bind(memory);
    memory.grow = (pages) => {
      this.isMemoryFull = true;
      const before = grow(pages);
      this.isMemoryFull = false;
      return before;
    };
  }

  /** The whole memory. Valid until the next call: growing replaces it. */
  get bytes(): Uint8Array {
    return this.module.HEAPU8;
  }

  /** A pointer to so many bytes, or 0. */
  allocate(bytes: number): number {
    return this.module._malloc(bytes);
  }

  release(pointer: number): void {
    this.module._free(pointer);
  }

  /** `count` pointers laid out at a place. Valid until the next call. */
  pointers(at: number, count: number): Int32Array {
    return new Int32Array(this.module.HEAPU8.buffer, at, count);
  }

  /** Copies a text's UTF-8 into newly allocated memory, with a final NUL. The pointer may be 0. */
  writeBytes(text: Uint8Array): number {
    const { length } = text;
    const pointer = this.module._malloc(length + 1);
    if (pointer === 0) return 0;
    const { HEAPU8 } = this.module;
    HEAPU8.set(text, pointer);
    HEAPU8[pointer + length] = 0;
    return pointer;
  }

  /** A copy of the UTF-8 up to the next NUL. */
  readBytes(pointer: number): Uint8Array {
    const { HEAPU8 } = this.module;
    return HEAPU8.slice(pointer, HEAPU8.indexOf(0, pointer));
  }

  /** Copies text into newly allocated memory, as UTF-8 with a final NUL. The pointer may be 0. */
  writeText(text: string): [pointer: number, length: number] {
    const length = Buffer.byteLength(text);
    const pointer = this.module._malloc(length + 1);
    if (pointer === 0) return [0, length];
    const heap = this.heap();
    heap.write(text, pointer, length, 'utf8');
    heap[pointer + length] = 0;
    return [pointer, length];
  }

  /** The text up to the next NUL. */
  readText(pointer: number): string {
    const heap = this.heap();
    return heap.toString('utf8', pointer, heap.indexOf(0, pointer));
  }

  private heap(): Buffer {
    const { buffer } = this.module.HEAPU8;
    if (this.view.buffer !== buffer) this.view = Buffer.from(buffer);
    return this.view;
  }
}
