/** Running the bodies of `node { … }`. Part of the child's program: see source.ts for what that means. */

import type { Loading } from './loading.js';
import type { NodeFunction } from './protocol.js';

export interface Bodies {
  /** The body's result; functions are visible in it by name. */
  run(code: string, params: string[], args: unknown[], functions: NodeFunction[], dir: string): Promise<unknown>;
}

export function createBodies(load: NodeJS.Require, loading: Loading): Bodies {
  const { join } = load('node:path') as typeof import('node:path');
  const vm = load('node:vm') as typeof import('node:vm');

  type Body = (...args: unknown[]) => Promise<unknown>;
  const compiled = new Map<string, (...outer: unknown[]) => Body>();

  /** Compiles an expression body, or a body of statements where it is none (language.md 5.5). */
  function compile(code: string, outer: string[], params: string[], filename: string): (...outer: unknown[]) => Body {
    const key = JSON.stringify([code, outer, params, filename]);
    let made = compiled.get(key);
    if (!made) {
      const script = (body: string) =>
        new vm.Script(
          `(function (${outer.join(', ')}) { return async function (${params.join(', ')}) {${body}\n}; })`,
          {
            filename,
            ...loading.scriptOptions,
          },
        );
      made = expressionOr(code, script).runInThisContext() as (...outer: unknown[]) => Body;
      compiled.set(key, made);
    }
    return made;
  }

  function expressionOr<T>(code: string, script: (body: string) => T): T {
    const expression = code.replace(/[;\s]+$/, '');
    if (expression === '') return script(code);
    try {
      return script(`return (${expression}\n)`);
    } catch {
      return script(code);
    }
  }

  /** True for what JavaScript takes as the name of a variable. */
  function isName(name: string): boolean {
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return false;
    try {
      new vm.Script(`(${name}) => {}`);
      return true;
    } catch {
      return false;
    }
  }

  return {
    run(code, params, args, functions, dir) {
      const filename = join(dir, '[node body]');
      const require = loading.requireFor(dir);
      const module = { exports: {} };
      const shadow: Record<string, Body> = Object.create(null);
      const named = functions.filter((entry) => isName(entry.name));
      const outer = [
        'require',
        'module',
        'exports',
        '__dirname',
        '__filename',
        '__mlldShadowFunctions',
        ...named.map((entry) => entry.name),
      ];
      const body = (source: string, names: string[]): Body => {
        const usable = names.map((name, index) => (isName(name) ? name : `_${index}`));
        return async (...values) => {
          const environment = [
            require,
            module,
            module.exports,
            dir,
            filename,
            shadow,
            ...named.map((entry) => shadow[entry.name]),
          ];
          return compile(source, outer, usable, filename)(...environment)(...values);
        };
      };
      for (const entry of named) shadow[entry.name] = body(entry.code, entry.params);
      return body(code, params)(...args);
    },
  };
}
