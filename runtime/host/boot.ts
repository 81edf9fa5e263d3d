/**
 * Loads the package's own code from V8's code cache, where it fits the Node that runs: parsing and
 * compiling what a run needs takes as long as Node takes to start. From Node 22 on Node keeps such a
 * cache itself; before, it is made when the package is built (scripts/build-cache.mjs), and a Node of
 * another version compiles as usual.
 */

import { readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

export type Load = (id: string) => unknown;

/** A file's name changes with its text, so its cache can never be that of another text. */
const HAS_CACHE = /-[\w-]{8}\.js$/;

/** Where the cache of a file lies. */
export const cacheOf = (file: string): string => `${file}.cache`;

/**
 * Compiles a file of the package.
 *
 * @returns a script whose value is a function of `exports, require, module, __filename, __dirname`
 */
export function scriptOf(file: string, cachedData?: Buffer): vm.Script {
  const text = readFileSync(file, 'utf8');
  return new vm.Script(`(function(exports,require,module,__filename,__dirname){${text}\n})`, {
    filename: file,
    cachedData,
  });
}

/**
 * @param dir where the package's files lie
 * @param onScript is told about every file that is loaded
 * @returns what loads one of them (`./name.js`), or anything else like `require`
 */
export function boot(dir: string, onScript?: (file: string, script: vm.Script) => void): Load {
  const require = createRequire(path.join(dir, 'cli.js'));
  const { enableCompileCache } = module as { enableCompileCache?: () => unknown };
  if (enableCompileCache && !onScript) {
    enableCompileCache();
    return require;
  }
  const loaded = new Map<string, { exports: unknown }>();
  const load: Load = (id) => {
    if (!id.startsWith('./')) return require(id);
    const known = loaded.get(id);
    if (known) return known.exports;
    const own = { exports: {} as unknown };
    loaded.set(id, own);
    const file = path.join(dir, id);
    const script = scriptOf(file, readCache(file));
    onScript?.(file, script);
    script.runInThisContext().call(own.exports, own.exports, load, own, file, dir);
    return own.exports;
  };
  return load;
}

function readCache(file: string): Buffer | undefined {
  if (!HAS_CACHE.test(file)) return undefined;
  try {
    return readFileSync(cacheOf(file));
  } catch {
    return undefined;
  }
}
