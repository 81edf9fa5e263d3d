/**
 * The program of a node child. It is shipped as text (`NODE_RUNNER`) and started with `node -e`,
 * so it needs no file of its own beside the bundle: `runner` may use nothing from outside itself.
 *
 * It serves requests that arrive as JSON lines on descriptor 3, several at a time. Bodies share
 * one global object, as functions of one module do (language.md 5.5, 5.8, 11.6).
 */

export type NodeRequest = { id: number } & (
  | { kind: 'run'; code: string; params: string[]; values: Record<string, unknown>; functions: NodeFunction[]; dir: string }
  | { kind: 'import'; package: string; dir: string }
  | { kind: 'get'; target: string; path: string[] }
  | { kind: 'call' | 'new'; target: string; path: string[]; args: unknown[] }
);

export interface NodeFunction {
  name: string;
  params: string[];
  code: string;
}

export interface NodeReply {
  id: number;
  /** Absent for undefined. */
  value?: unknown;
  error?: { name: string; message: string; stack: string; code?: string };
  /** Lines the body logged. */
  logs: string[];
}

/** What a value of an imported package looks like from outside the child. */
export interface NodeValue {
  kind: 'value' | 'undefined' | 'function' | 'class' | 'object';
  /** Plain JSON view; of instances their own data. */
  value?: unknown;
  /** Names the value in later requests. */
  target?: string;
  /** Of functions and objects: the text view. */
  text?: string;
  members?: ({ name: string } & NodeValue)[];
}

function runner(load: NodeJS.Require, fallbackRoot: string): void {
  const { AsyncLocalStorage } = load('node:async_hooks') as typeof import('node:async_hooks');
  const { EventEmitter } = load('node:events') as typeof import('node:events');
  const { createRequire, isBuiltin } = load('node:module') as typeof import('node:module');
  const { Socket } = load('node:net') as typeof import('node:net');
  const { join } = load('node:path') as typeof import('node:path');
  const vm = load('node:vm') as typeof import('node:vm');

  type Call = { id: number; logs: string[]; fail: (error: unknown) => void };
  type Body = (...args: unknown[]) => Promise<unknown>;
  const calls = new AsyncLocalStorage<Call>();
  const importer = (vm.constants as { USE_MAIN_CONTEXT_DEFAULT_LOADER?: number } | undefined)?.USE_MAIN_CONTEXT_DEFAULT_LOADER;

  // ---- running bodies ----

  const compiled = new Map<string, unknown>();

  /** Compiles an expression body, or a body of statements where it is none. */
  function compile(code: string, outer: string[], params: string[], file: string): (...outer: unknown[]) => Body {
    const key = JSON.stringify([code, outer, params, file]);
    const known = compiled.get(key);
    if (known) return known as (...outer: unknown[]) => Body;
    const script = (body: string) =>
      new vm.Script(`(function (${outer.join(', ')}) { return async function (${params.join(', ')}) {${body}\n}; })`, {
        filename: file,
        ...(importer === undefined ? {} : { importModuleDynamically: importer as never }),
      });
    let result: ReturnType<typeof script>;
    try {
      const expression = code.replace(/[;\s]+$/, '');
      if (expression === '') throw new SyntaxError('no expression');
      result = script(`return (${expression}\n)`);
    } catch {
      result = script(code);
    }
    const made = result.runInThisContext() as (...outer: unknown[]) => Body;
    compiled.set(key, made);
    return made;
  }

  const isName = (name: string) => {
    try {
      new Function(name, '');
      return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name);
    } catch {
      return false;
    }
  };

  const requires = new Map<string, NodeJS.Require>();

  /** `require` of the script's project; what it lacks may come with mlldc itself. */
  function requireFor(dir: string): NodeJS.Require {
    const known = requires.get(dir);
    if (known) return known;
    const own = createRequire(join(dir, 'mlld.js'));
    const shipped = createRequire(join(fallbackRoot, 'mlld.js'));
    const combined = ((name: string) => {
      try {
        return own(name);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${name}'`) || /^[./]/.test(name)) throw error;
        try {
          return shipped(name);
        } catch {
          throw error;
        }
      }
    }) as NodeJS.Require;
    Object.assign(combined, { resolve: own.resolve, cache: own.cache, main: undefined, extensions: own.extensions });
    requires.set(dir, combined);
    return combined;
  }

  function run(code: string, params: string[], args: unknown[], functions: NodeFunction[], dir: string): Promise<unknown> {
    const file = join(dir, '[node body]');
    const shadow: Record<string, Body> = Object.create(null);
    const module = { exports: {} };
    const named = functions.filter((entry) => isName(entry.name));
    const outer = ['require', 'module', 'exports', '__dirname', '__filename', '__mlldShadowFunctions', ...named.map((entry) => entry.name)];
    const environment = () => [requireFor(dir), module, module.exports, dir, file, shadow, ...named.map((entry) => shadow[entry.name])];
    const body = (source: string, names: string[]): Body => {
      const usable = names.map((name, index) => (isName(name) ? name : `_${index}`));
      return (...values) => compile(source, outer, usable, file)(...environment())(...values);
    };
    for (const entry of named) shadow[entry.name] = body(entry.code, entry.params);
    return body(code, params)(...args);
  }

  /** JSON has no form for these; objects that hold them lose the member, as in `JSON.stringify`. */
  function toData(value: unknown): unknown {
    if (typeof value === 'function') return String(value);
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
    return value;
  }

  // ---- imported packages ----

  const handles = new Map<string, { value: unknown; owner: unknown }>();
  let nextHandle = 1;

  async function importPackage(name: string, dir: string): Promise<unknown> {
    const loaded =
      importer === undefined
        ? requireFor(dir)(name)
        : await (new vm.Script('(name) => import(name)', { filename: join(dir, 'mlld.js'), importModuleDynamically: importer as never }).runInThisContext() as (name: string) => Promise<unknown>)(name);
    const exports: Record<string, unknown> = { ...(loaded as object) };
    const main = exports.default;
    // Node cannot name every export of a CommonJS package; all of them are on its default export.
    if (main !== null && (typeof main === 'object' || typeof main === 'function') && !isBuiltin(name)) {
      for (const key of Object.keys(main)) if (!(key in exports)) exports[key] = (main as Record<string, unknown>)[key];
    }
    return exports;
  }

  function isClass(value: Function): boolean {
    if (/^class\b/.test(Function.prototype.toString.call(value))) return true;
    const { prototype } = value;
    return typeof prototype === 'object' && prototype !== null && Object.getOwnPropertyNames(prototype).length > 1;
  }

  function isPlain(value: object): boolean {
    const prototype = Object.getPrototypeOf(value);
    return Array.isArray(value) || value instanceof Date || prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
  }

  /** True when the value holds nothing but data, so that a copy serves as well. */
  function isData(value: unknown, depth = 0): boolean {
    if (value === null || typeof value !== 'object') return typeof value !== 'function';
    if (depth > 50 || !isPlain(value)) return false;
    return value instanceof Date || Object.values(value).every((member) => isData(member, depth + 1));
  }

  function handle(value: unknown, owner: unknown): string {
    const id = `n${nextHandle++}`;
    handles.set(id, { value, owner });
    return id;
  }

  function json(value: unknown): unknown {
    try {
      const text = JSON.stringify(value);
      return text === undefined ? null : JSON.parse(text);
    } catch {
      return null;
    }
  }

  function describe(value: unknown, owner: unknown, depth: number): NodeValue {
    if (value === undefined) return { kind: 'undefined' };
    if (typeof value === 'function') {
      return { kind: isClass(value) ? 'class' : 'function', target: handle(value, owner), text: String(value), ...(depth > 0 ? { members: membersOf(value, depth) } : {}) };
    }
    if (typeof value !== 'object' || value === null || isData(value)) return { kind: 'value', value: json(toData(value)) };
    return { kind: 'object', value: json(value), target: handle(value, owner), text: textOf(value), ...(depth > 0 ? { members: membersOf(value, depth) } : {}) };
  }

  function textOf(value: object): string {
    const own = value.toString as unknown;
    return typeof own === 'function' && own !== Object.prototype.toString ? String(value) : JSON.stringify(json(value));
  }

  /** Own members and, of instances, the methods and accessors of their classes. */
  function membersOf(value: object, depth: number): ({ name: string } & NodeValue)[] {
    const names = new Set(Object.keys(value));
    if (typeof value !== 'function') {
      for (let p = Object.getPrototypeOf(value); p && Object.getPrototypeOf(p); p = Object.getPrototypeOf(p)) {
        for (const name of Object.getOwnPropertyNames(p)) if (name !== 'constructor' && !name.startsWith('_')) names.add(name);
      }
    }
    return [...names].flatMap((name) => {
      try {
        return [{ name, ...describe((value as Record<string, unknown>)[name], value, depth - 1) }];
      } catch {
        return []; // a getter that throws
      }
    });
  }

  function find(target: string, path: string[]): { value: unknown; owner: unknown } {
    const start = handles.get(target);
    if (!start) throw Object.assign(new Error('The value belongs to a node process that has ended'), { code: 'NODE_HANDLE_LOST' });
    let { value, owner } = start;
    for (const name of path) {
      if (value === null || value === undefined) throw new TypeError(`Cannot read '${name}' of ${value}`);
      owner = value;
      value = (value as Record<string, unknown>)[name];
    }
    return { value, owner };
  }

  /** Arguments are data, except that `{ "$node": target }` stands for a value kept here. */
  function revive(arg: unknown): unknown {
    if (arg === null || typeof arg !== 'object') return arg;
    const target = (arg as { $node?: unknown }).$node;
    return typeof target === 'string' && handles.has(target) ? handles.get(target)!.value : arg;
  }

  async function invoke(request: Extract<NodeRequest, { kind: 'call' | 'new' }>): Promise<NodeValue> {
    const { value, owner } = find(request.target, request.path);
    const name = request.path.at(-1) ?? ((value as { name?: string } | null)?.name || 'value');
    if (typeof value !== 'function') throw new TypeError(`${name} is not a function`);
    const args = request.args.map(revive);
    const result = request.kind === 'new' ? Reflect.construct(value, args) : await Reflect.apply(value, owner, args);
    if (request.kind === 'call' && result instanceof EventEmitter) {
      throw Object.assign(new Error(`Node function '${name}' returns an EventEmitter and requires subscriptions`), { code: 'NODE_EVENT_EMITTER' });
    }
    return describe(result, undefined, 1);
  }

  // ---- logs ----

  function logged(value: unknown): string {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return value.stack ?? String(value);
    if (typeof value === 'object' && value !== null) {
      try {
        return JSON.stringify(value, null, 2) ?? String(value);
      } catch {
        return (load('node:util') as typeof import('node:util')).inspect(value);
      }
    }
    return String(value);
  }

  const toLogs = (...args: unknown[]) => {
    const call = calls.getStore();
    if (call) call.logs.push(args.map(logged).join(' '));
    else process.stderr.write(`${args.map(logged).join(' ')}\n`);
  };
  console.log = toLogs;
  console.info = toLogs;
  console.debug = toLogs;
  const writeRaw = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    const call = calls.getStore();
    if (!call) return writeRaw(chunk as string, ...(rest as []));
    call.logs.push(String(typeof chunk === 'string' ? chunk : Buffer.from(chunk)).replace(/\n$/, ''));
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  }) as typeof process.stdout.write;

  // ---- requests ----

  const socket = new Socket({ fd: 3, readable: true, writable: true });

  async function serve(request: NodeRequest): Promise<void> {
    let settled = false;
    const call: Call = { id: request.id, logs: [], fail: (error) => reply({ error: describeError(error) }) };
    const reply = (answer: Pick<NodeReply, 'value' | 'error'>) => {
      if (settled) return;
      settled = true;
      let text: string;
      try {
        text = JSON.stringify({ id: request.id, logs: call.logs, ...answer });
      } catch (error) {
        text = JSON.stringify({ id: request.id, logs: call.logs, error: describeError(new TypeError(`The result cannot leave the node process: ${(error as Error).message}`)) });
      }
      socket.write(`${text}\n`);
    };
    try {
      reply({ value: await calls.run(call, () => handleRequest(request)) });
    } catch (error) {
      call.fail(error);
    }
  }

  async function handleRequest(request: NodeRequest): Promise<unknown> {
    switch (request.kind) {
      case 'run': {
        const args = request.params.map((name) => (Object.hasOwn(request.values, name) ? request.values[name] : undefined));
        return toData(await run(request.code, request.params, args, request.functions, request.dir));
      }
      case 'import':
        return describe(await importPackage(request.package, request.dir), undefined, 2);
      case 'get': {
        const { value, owner } = find(request.target, request.path);
        return describe(value, owner, 1);
      }
      default:
        return invoke(request);
    }
  }

  function describeError(error: unknown): NonNullable<NodeReply['error']> {
    if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: '' };
    const { code } = error as NodeJS.ErrnoException;
    return { name: error.name, message: error.message, stack: error.stack ?? '', ...(typeof code === 'string' ? { code } : {}) };
  }

  /** An error nobody awaited belongs to the body that caused it. */
  const stray = (error: unknown) => {
    const call = calls.getStore();
    if (call) call.fail(error);
    else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  };
  process.on('uncaughtException', stray);
  process.on('unhandledRejection', stray);

  let parts: string[] = [];
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    parts.push(lines[0]!);
    for (const line of lines.slice(1)) {
      void serve(JSON.parse(parts.join('')) as NodeRequest);
      parts = [line];
    }
  });
  // The host is gone: nothing this process does can matter any more.
  socket.on('close', () => process.exit(0));
  socket.on('error', () => process.exit(0));
}

/** The runner's program text; `fallbackRoot` is where mlldc's own dependencies are found. */
export function nodeRunnerSource(fallbackRoot: string): string {
  return `(${runner.toString()})(require, ${JSON.stringify(fallbackRoot)})`;
}
