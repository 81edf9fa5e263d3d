/** Modules the linked program consists of, and those the run supplies. */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import { Box, box, isObject } from './box.js';
import { ambient } from './builtins.js';
import { Context } from './context.js';
import { document } from './document.js';
import { doorCall } from './door.js';
import { MlldError } from './errors.js';
import { keychainExports } from './keychain.js';
import { Lazy, LazyAsync, linked, linkedModule, type ModuleRecord, placed, suppliedModule } from './modules.js';
import type { Variable } from './refs.js';
import { runState } from './state.js';
import { display } from './values/display.js';

export interface ModuleOptions {
  id: number;
  file: string;
  path: string;
  dir: string;
  root: string;
  imported: boolean;
  exported: ModuleRecord['exported'];
  frontmatter: unknown;
}

/**
 * The record of a module; its exports carry where they come from.
 * @param site The import that evaluates the module; of no meaning for the main script.
 * @param policy Whether that is an `import policy`.
 */
export function defineModule(options: ModuleOptions, site: number, policy = false): ModuleRecord {
  const { id, file, path, exported, frontmatter } = options;
  return {
    id,
    file,
    dir: placed(options.dir),
    root: placed(options.root),
    path,
    policyOnly: policy,
    mark: options.imported ? linkedModule(path, site, policy) : EMPTY,
    exports: new Map(),
    unused: new Set(),
    exported,
    frontmatter,
  };
}

/** The context a module's top level runs in. */
export function moduleContext(imported: boolean): Context {
  return Context.root(imported);
}

/**
 * Ends a module: what it defined becomes its exports; the main script prints the value of `=>`.
 * @param variables null stands for a literal that nobody asks for
 */
export function conclude(
  module: ModuleRecord,
  imported: boolean,
  variables: readonly [string, Variable | LazyAsync | null][],
  value: Box | null,
  site: number,
): ModuleRecord {
  for (const [name, variable] of variables) {
    if (variable instanceof Box) module.exports.set(name, variable);
    else if (variable instanceof Lazy) module.exports.set(name, variable.force());
    else if (variable === null) module.unused.add(name);
  }
  if (value !== null) {
    module.exports.set('default', value);
    if (!imported) document.final(display(value), value.deep, site);
  }
  return module;
}

/** Settles literals that wait, before they are exported. */
export async function settleLazy(
  variables: [string, Variable | LazyAsync | null][],
): Promise<[string, Variable | null][]> {
  const settled: [string, Variable | null][] = [];
  for (const [name, variable] of variables)
    settled.push([name, variable instanceof LazyAsync ? await variable.force() : variable]);
  return settled;
}

/** An imported JSON file (language.md 11.1); `policy` as for modules. */
export function dataModule(data: unknown, path: string, site: number, policy = false): ModuleRecord {
  const mark = linked(path, site, policy);
  const exports = new Map<string, Box>();
  if (isObject(data)) for (const key of Object.keys(data)) exports.set(key, box(data[key]));
  return suppliedModule(path, { dir: '', root: '' }, exports, mark);
}

/** Where a template file finds its own files: beside itself (language.md 9.1). */
export function templateModule(module: ModuleRecord, dir: string): ModuleRecord {
  return { ...module, dir: placed(dir) };
}

/** `import { … } from @input`, `@payload`, `@state`, `@now` (language.md 11.7). */
export function builtinModule(
  context: Context,
  module: ModuleRecord,
  name: string,
  names: readonly string[],
  site: number,
): ModuleRecord {
  if (name === 'keychain') return suppliedModule(`@${name}`, module, keychainExports(module, site));
  const source = builtinSource(context, module, name, names, site);
  const exports = new Map<string, Box>();
  for (const key of new Set([...Object.keys(source.data), ...names])) {
    exports.set(key, new Box(Object.hasOwn(source.data, key) ? source.data[key] : null, source.mark));
  }
  return suppliedModule(`@${name}`, module, exports);
}

function builtinSource(
  context: Context,
  module: ModuleRecord,
  name: string,
  names: readonly string[],
  site: number,
): { data: Record<string, unknown>; mark: Mark } {
  switch (name) {
    case 'payload':
      return { data: runState.payload, mark: EMPTY };
    case 'state':
      return { data: runState.state ?? {}, mark: EMPTY };
    case 'input':
    case 'stdin': {
      const input = ambient(context, module, 'input', true, site);
      const environment = doorCall('env.get', { names: names as string[] }, site);
      const { values } = environment.value as { values: Record<string, string | null> };
      const given = isObject(input.value)
        ? input.value
        : input.value === null || input.value === undefined
          ? {}
          : { content: input.value };
      const data: Record<string, unknown> = {};
      for (const key of Object.keys(values)) if (values[key] !== null) data[key] = values[key];
      return { data: { ...data, ...given }, mark: join(input.deep, environment.mark) };
    }
    case 'now':
    case 'time': {
      const now = doorCall('clock.now', {}, site);
      return { data: { now: now.value, time: now.value }, mark: now.mark };
    }
    default:
      throw new MlldError('MlldImport', 'IMPORT_NOT_FOUND', `There is no built-in module @${name}`, { site });
  }
}
