/** How a child finds modules. Part of the child's program: see source.ts for what that means. */

export interface Loading {
  /** `require` of a directory; what its project lacks may come with mlldc itself. */
  requireFor(dir: string): NodeJS.Require;
  /** All exports of a package, as seen from a directory. */
  importPackage(name: string, dir: string): Promise<Record<string, unknown>>;
  /** The option of `vm.Script` that lets its code use `import()`; empty where Node has none. */
  readonly scriptOptions: { importModuleDynamically?: never };
}

export function createLoading(load: NodeJS.Require, fallbackRoot: string): Loading {
  const { createRequire, isBuiltin } = load('node:module') as typeof import('node:module');
  const { join } = load('node:path') as typeof import('node:path');
  const vm = load('node:vm') as typeof import('node:vm');

  const constants = vm.constants as { USE_MAIN_CONTEXT_DEFAULT_LOADER?: number } | undefined;
  const importer = constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const scriptOptions = importer === undefined ? {} : { importModuleDynamically: importer as never };
  const requires = new Map<string, NodeJS.Require>();

  function requireFor(dir: string): NodeJS.Require {
    let combined = requires.get(dir);
    if (!combined) {
      const own = createRequire(join(dir, 'mlld.js'));
      const shipped = createRequire(join(fallbackRoot, 'mlld.js'));
      const either = (name: string): unknown => {
        try {
          return own(name);
        } catch (error) {
          if (!isMissing(error, name)) throw error;
          try {
            return shipped(name);
          } catch {
            throw error;
          }
        }
      };
      combined = Object.assign(either, {
        resolve: own.resolve,
        cache: own.cache,
        main: undefined,
        extensions: own.extensions,
      });
      requires.set(dir, combined);
    }
    return combined;
  }

  function isMissing(error: unknown, name: string): boolean {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'MODULE_NOT_FOUND' && message.includes(`'${name}'`) && !/^[./]/.test(name);
  }

  async function importPackage(name: string, dir: string): Promise<Record<string, unknown>> {
    const exports: Record<string, unknown> = { ...((await loadPackage(name, dir)) as object) };
    const main = exports.default;
    // Node cannot name every export of a CommonJS package; all of them are on its default export.
    if (main !== null && (typeof main === 'object' || typeof main === 'function') && !isBuiltin(name)) {
      for (const key of Object.keys(main)) if (!(key in exports)) exports[key] = (main as Record<string, unknown>)[key];
    }
    return exports;
  }

  function loadPackage(name: string, dir: string): unknown {
    if (importer === undefined) return requireFor(dir)(name);
    // The file name decides whose dependencies `import()` sees.
    const script = new vm.Script('(name) => import(name)', { filename: join(dir, 'mlld.js'), ...scriptOptions });
    return (script.runInThisContext() as (name: string) => Promise<unknown>)(name);
  }

  return { requireFor, importPackage, scriptOptions };
}
