/**
 * The trusted part of a cell. `harness` is turned into text and evaluated in every new cell before
 * any body is, so it refers to nothing outside itself. It holds no capability: it calls no host
 * function, the host calls it.
 *
 * Bodies share its realm and may change every global and prototype. Therefore it takes the
 * functions it needs at the start, keeps its state in objects without prototype and linked lists,
 * and serialises no object of its own: a reply is put together from texts (see reply.ts).
 */

import type { ConsoleFactory, ConsoleSink } from './console.js';
import type { TimerQueue } from './timers.js';

type Fn = (...args: never[]) => unknown;

/** Makes a body's function; the parameters are `console` and the functions of the body's scope. */
export type BodyFactory = (console: object, ...scope: Fn[]) => Fn;

/** What `define` is told about a body. */
export interface BodySpec {
  index: number;
  /** True when calls need an instance each, because the body or one it calls has a console. */
  isPerCall: boolean;
  /** The bodies whose functions the factory takes, in order. */
  scope: number[];
}

/** What the host calls. Arguments and results are text, except for what compiling has produced. */
export interface CellEntry {
  /** Comes first, once a run: numbers that `Math.random` starts from, as JSON. */
  wake(seed: string): string;
  /**
   * Adds a body, described by the JSON of a `BodySpec`. Returns a function that runs it: it takes the
   * JSON of the arguments and gives the reply, or when it has to wait `~` and the number of the call.
   */
  define(spec: string, factory: BodyFactory): (args: string) => string;
  /** Fires one due timer: `fired`, or the milliseconds until the next, or `''` without timers. */
  tick(): string;
  /** A reply that became ready since: the number of the call, a newline and the reply; `''` when there is none. */
  drain(): string;
  /** Ends a call that can never finish by itself, and returns its reply. */
  abandon(run: string, message: string): string;
}

export interface HarnessParts {
  consoles: ConsoleFactory;
  timers: (onError: (error: unknown) => void) => TimerQueue;
  random: (...seed: number[]) => () => number;
  /** Globals that are made when they are first used: sources of functions that return them. */
  lazy: Record<string, string>;
}

export function harness(parts: HarnessParts): CellEntry {
  const { consoles, timers, random, lazy } = parts;
  interface Call {
    /** Its number, once it waits. */
    run: string;
    /** JSON strings joined by commas. */
    logs: string;
    stderr: string;
  }
  interface Ready {
    text: string;
    next: Ready | undefined;
  }
  interface Body extends BodySpec {
    factory: BodyFactory;
    shared: Fn | undefined;
  }

  const { parse, stringify } = JSON;
  const { apply } = Reflect;
  const { create, defineProperty, getOwnPropertyDescriptor } = Object;
  const { now } = Date;
  const { then } = Promise.prototype;
  const { toString: functionText } = Function.prototype;
  const { isSafeInteger } = Number;
  const number = Number;
  const text = String;
  const promise = Promise;
  // biome-ignore lint/security/noGlobalEval: a cell may make code from text; this makes its own globals
  const evaluate = globalThis.eval;

  const bodies: Record<number, Body> = create(null);
  /** Calls that wait. */
  const calls: Record<string, Call> = create(null);
  let nextRun = 1;
  /** The call that the global console writes to: the one that began last. */
  let current: Call | undefined;
  let firstReady: Ready | undefined;
  let lastReady: Ready | undefined;

  const property = (target: object, key: PropertyKey, value: unknown, enumerable: boolean): void => {
    defineProperty(target, key, {
      __proto__: null,
      value,
      enumerable,
      writable: true,
      configurable: true,
    } as PropertyDescriptor);
  };

  // Replies (protocol.ts `CELL_REPLY`).

  function withoutBigint(_key: string, value: unknown): unknown {
    if (typeof value !== 'bigint') return value;
    return isSafeInteger(number(value)) ? number(value) : text(value);
  }

  function jsonOf(value: unknown): string | undefined {
    try {
      return stringify(value);
    } catch {
      // Again, because a replacer makes it several times slower; what is not about a bigint fails again.
      return stringify(value, withoutBigint);
    }
  }

  function encode(value: unknown): string {
    if (typeof value === 'function') return stringify(apply(functionText, value, []));
    if (typeof value === 'number' && value - value !== 0) return `#${value}`;
    const json = jsonOf(value);
    return json === undefined ? '?' : json;
  }

  function describe(error: unknown): string {
    let name = error === null ? 'null' : 'Error';
    let message = '';
    let stack = '';
    // Reading what a body has thrown may throw as well.
    try {
      if (typeof error === 'object' && error !== null) {
        const own = getOwnPropertyDescriptor(error, 'stack');
        if (own && typeof own.value === 'string') stack = own.value;
        const thrown = error as { name?: unknown; message?: unknown };
        if (thrown.name !== undefined) name = text(thrown.name);
        message = text(thrown.message === undefined ? error : thrown.message);
      } else {
        message = text(error);
      }
    } catch {
      message = 'A value was thrown that cannot be shown';
    }
    return `![${stringify(name)},${stringify(message)},${stringify(stack)}]`;
  }

  // Calls.

  const sinkOf = (call: Call): ConsoleSink => ({
    log: (line) => {
      call.logs += (call.logs && ',') + stringify(line);
    },
    error: (line) => {
      call.stderr += (call.stderr && ',') + stringify(line);
    },
  });

  function finish(call: Call, outcome: string): string {
    return call.logs || call.stderr ? `+[${call.logs}]\n[${call.stderr}]\n${outcome}` : outcome;
  }

  function settle(call: Call, outcome: string): void {
    // A thenable may settle twice, and an abandoned call may settle late.
    if (calls[call.run] !== call) return;
    delete calls[call.run];
    const entry: Ready = { text: `${call.run}\n${finish(call, outcome)}`, next: undefined };
    if (lastReady) lastReady.next = entry;
    else firstReady = entry;
    lastReady = entry;
  }

  function wait(call: Call, value: object): string {
    call.run = text(nextRun++);
    calls[call.run] = call;
    const onValue = (result: unknown) => {
      let outcome: string;
      try {
        outcome = encode(result);
      } catch (error) {
        outcome = describe(error);
      }
      settle(call, outcome);
    };
    const onError = (error: unknown) => settle(call, describe(error));
    try {
      apply(then, value, [onValue, onError]);
    } catch {
      // Not a promise, but something with a method `then`.
      apply(then, new promise((resolve) => resolve(value)), [onValue, onError]);
    }
    return `~${call.run}`;
  }

  const isThenable = (value: unknown): value is object =>
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function';

  /** Turns `CellArgument`s (protocol.ts) into values, in place. */
  function toValues(args: unknown[]): unknown[] {
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      if (typeof arg !== 'object' || arg === null) continue;
      const { length, 0: data, 1: text } = arg as unknown[];
      if (length > 1) property(data as object, 'toString', () => (text === null ? stringify(data) : text), false);
      args[i] = length === 0 ? undefined : data;
    }
    return args;
  }

  // Bodies.

  function define(spec: string, factory: BodyFactory): (args: string) => string {
    const { index, isPerCall, scope } = parse(spec) as BodySpec;
    bodies[index] = { index, isPerCall, scope, factory, shared: undefined };
    return (args) => {
      const call: Call = { run: '', logs: '', stderr: '' };
      current = call;
      try {
        const fn = instance(index, isPerCall ? consoles(sinkOf(call)) : sharedConsole);
        const result = apply(fn, undefined, toValues(parse(args)) as never);
        return isThenable(result) ? wait(call, result) : finish(call, encode(result));
      } catch (error) {
        return finish(call, describe(error));
      }
    };
  }

  /** The function of a body with its console and scope. Overlapping calls do not share a console. */
  function instance(index: number, console: object): Fn {
    const body = bodies[index]!;
    if (body.shared) return body.shared;
    const args: unknown[] = [console];
    for (let i = 0; i < body.scope.length; i++) {
      const target = body.scope[i]!;
      // Looked up when it is called: functions of one environment may call each other.
      property(args, i + 1, (...given: unknown[]) => apply(instance(target, console), undefined, given as never), true);
    }
    const fn = apply(body.factory, undefined, args as never) as Fn;
    if (!body.isPerCall) body.shared = fn;
    return fn;
  }

  // Globals that scripts expect and the engine lacks; none of them is a capability.

  const sharedConsole = consoles({
    log: (line) => current && sinkOf(current).log(line),
    error: (line) => current && sinkOf(current).error(line),
  });
  const queue = timers((error) => {
    let shown = 'a value that cannot be shown';
    try {
      shown = text(error);
    } catch {}
    if (current) sinkOf(current).error(`Uncaught in a timer: ${shown}`);
  });
  let started = now();
  const globals: Record<string, unknown> = {
    global: globalThis,
    console: sharedConsole,
    setTimeout: queue.setTimeout,
    setInterval: queue.setInterval,
    setImmediate: queue.setImmediate,
    clearTimeout: queue.clearTimer,
    clearInterval: queue.clearTimer,
    clearImmediate: queue.clearTimer,
    queueMicrotask: (fn: Fn) =>
      void apply(then, new promise<void>((resolve) => resolve()), [() => apply(fn, undefined, [])]),
    performance: {
      now: () => now() - started,
      get timeOrigin() {
        return started;
      },
    },
  };
  for (const name in globals) property(globalThis, name, globals[name], false);
  for (const name in lazy) {
    const set = (value: unknown) => property(globalThis, name, value, false);
    const get = () => {
      const value = apply(evaluate, undefined, [`(${lazy[name]})()`]);
      set(value);
      return value;
    };
    defineProperty(globalThis, name, { get, set, enumerable: false, configurable: true });
  }

  return {
    wake: (seed) => {
      started = now();
      property(Math, 'random', random(...(parse(seed) as number[])), false);
      return '';
    },
    define,
    tick: queue.tick,
    drain: () => {
      const entry = firstReady;
      if (!entry) return '';
      firstReady = entry.next;
      if (!firstReady) lastReady = undefined;
      return entry.text;
    },
    abandon: (run, message) => {
      const call = calls[run];
      delete calls[run];
      return call ? finish(call, `!["Error",${stringify(message)},""]`) : '';
    },
  };
}
