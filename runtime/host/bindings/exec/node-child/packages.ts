/**
 * Values of imported packages (language.md 11.6): plain data leaves the child as a copy, anything
 * else stays here under a name. Part of the child's program: see source.ts for what that means.
 */

import type { Loading } from './loading.js';
import type { NodeRequest, NodeValue } from './protocol.js';

export interface Packages {
  import(name: string, dir: string): Promise<NodeValue>;
  get(target: string, path: string[]): NodeValue;
  invoke(request: Extract<NodeRequest, { kind: 'call' | 'new' }>): Promise<NodeValue>;
}

export function createPackages(load: NodeJS.Require, loading: Loading): Packages {
  const { EventEmitter } = load('node:events') as typeof import('node:events');

  type Held = { value: unknown; owner: unknown };
  const held = new Map<string, Held>();
  let nextTarget = 1;

  function hold(value: unknown, owner: unknown): string {
    const target = `n${nextTarget++}`;
    held.set(target, { value, owner });
    return target;
  }

  /** @param depth how many levels of members are listed */
  function describe(value: unknown, owner: unknown, depth: number): NodeValue {
    if (value === undefined) return { kind: 'undefined' };
    const members = (of: object) => (depth > 0 ? { members: membersOf(of, depth) } : {});
    if (typeof value === 'function') {
      return {
        kind: isClass(value) ? 'class' : 'function',
        target: hold(value, owner),
        text: String(value),
        ...members(value),
      };
    }
    if (typeof value !== 'object' || value === null || isData(value, 0))
      return { kind: 'value', value: jsonView(value) };
    return {
      kind: 'object',
      value: jsonView(value),
      target: hold(value, owner),
      text: textOf(value),
      ...members(value),
    };
  }

  /** Own members and, of instances, the methods and accessors of their classes. */
  function membersOf(value: object, depth: number): ({ name: string } & NodeValue)[] {
    const names = new Set(Object.keys(value));
    if (typeof value !== 'function') for (const name of inheritedNames(value)) names.add(name);
    return [...names].flatMap((name) => {
      try {
        return [{ name, ...describe((value as Record<string, unknown>)[name], value, depth - 1) }];
      } catch {
        return []; // a getter that throws
      }
    });
  }

  function inheritedNames(value: object): string[] {
    const names: string[] = [];
    for (let p = Object.getPrototypeOf(value); p && Object.getPrototypeOf(p); p = Object.getPrototypeOf(p)) {
      names.push(...Object.getOwnPropertyNames(p).filter((name) => name !== 'constructor' && !name.startsWith('_')));
    }
    return names;
  }

  function isClass(value: { prototype?: unknown }): boolean {
    if (/^class\b/.test(Function.prototype.toString.call(value))) return true;
    const { prototype } = value;
    return typeof prototype === 'object' && prototype !== null && Object.getOwnPropertyNames(prototype).length > 1;
  }

  /** True when the value holds nothing but data, so that a copy serves as well. */
  function isData(value: unknown, depth: number): boolean {
    if (value === null || typeof value !== 'object') return typeof value !== 'function';
    if (value instanceof Date) return true;
    return depth <= 50 && isPlain(value) && Object.values(value).every((member) => isData(member, depth + 1));
  }

  function isPlain(value: object): boolean {
    const prototype = Object.getPrototypeOf(value);
    return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
  }

  function jsonView(value: unknown): unknown {
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
    try {
      const text = JSON.stringify(value);
      return text === undefined ? null : JSON.parse(text);
    } catch {
      return null;
    }
  }

  function textOf(value: object): string {
    const own: unknown = value.toString;
    return typeof own === 'function' && own !== Object.prototype.toString
      ? String(value)
      : JSON.stringify(jsonView(value));
  }

  function find(target: string, path: string[]): Held {
    const start = held.get(target);
    if (!start)
      throw Object.assign(new Error('The value belongs to a node process that has ended'), {
        code: 'NODE_HANDLE_LOST',
      });
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
    return typeof target === 'string' && held.has(target) ? held.get(target)!.value : arg;
  }

  return {
    async import(name, dir) {
      return describe(await loading.importPackage(name, dir), undefined, 2);
    },
    get(target, path) {
      const { value, owner } = find(target, path);
      return describe(value, owner, 1);
    },
    async invoke(request) {
      const { value, owner } = find(request.target, request.path);
      const name = request.path.at(-1) ?? ((value as { name?: string } | null)?.name || 'value');
      if (typeof value !== 'function') throw new TypeError(`${name} is not a function`);
      const args = request.args.map(revive);
      if (request.kind === 'new') return describe(Reflect.construct(value, args), undefined, 1);
      const result: unknown = await Reflect.apply(value, owner, args);
      if (result instanceof EventEmitter) {
        throw Object.assign(new Error(`Node function '${name}' returns an EventEmitter and requires subscriptions`), {
          code: 'NODE_EVENT_EMITTER',
        });
      }
      return describe(result, undefined, 1);
    },
  };
}
