/**
 * Modules at run time (language.md 11): evaluated once, with their effects silent; what they export
 * is a map of names, read by imports or as a namespace value.
 */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import { standardName } from '../shared/standard.js';
import { Box, marked } from './box.js';
import { doorCall } from './door.js';
import { MlldError } from './errors.js';
import { Executable } from './executable.js';
import { runState } from './state.js';

/** What the linked program says about one of its modules. */
export interface ModuleRecord {
  id: number;
  /** Path as shown in messages. */
  file: string;
  /** Absolute directory of the file, where relative paths start. */
  dir: string;
  /** Absolute project root, `@root`. */
  root: string;
  /** Absolute, where the program was linked. */
  path: string;
  /** Nothing but `import policy` has asked for it so far: reading it was judged as that. */
  policyOnly: boolean;
  /** Provenance of values imported from it (security.md 1.4 row 42); empty for the main script. */
  mark: Mark;
  exports: Map<string, Box>;
  /** Names it defines that no module of the program asks for; they were never evaluated. */
  unused: Set<string>;
  /** Names an `export` directive lists, with the names they have in the module; null when everything is exported. */
  exported: readonly (readonly [exported: string, local: string])[] | null;
  frontmatter: unknown;
}

/**
 * The record of a module that is not part of the linked program: a server's tools, a package, what
 * the run supplies. Its values carry their own provenance unless `mark` says otherwise.
 */
export function suppliedModule(
  file: string,
  place: Pick<ModuleRecord, 'dir' | 'root'>,
  exports: ModuleRecord['exports'],
  mark = EMPTY,
): ModuleRecord {
  const { dir, root } = place;
  return {
    id: -1,
    file,
    dir,
    root,
    path: file,
    policyOnly: false,
    mark,
    exports,
    unused: new Set(),
    exported: null,
    frontmatter: null,
  };
}

/** A namespace value: `import "x" as @ns`. */
export class Namespace {
  readonly isNamespace = true;
  constructor(
    readonly exports: ReadonlyMap<string, Box>,
    readonly frontmatter: unknown,
    readonly file: string,
  ) {}
}

/**
 * Imports code or data the program was linked with: it counts as read here (security.md 5.5).
 * @param policy by `import policy`, which only restricts further: lists of what is allowed do not concern it
 * @returns the marks of its content (security.md 1.4 row 42)
 * @throws MlldError MlldSecurity when a policy refuses to read it
 */
export function linked(location: string, site: number, policy = false): Mark {
  return read(location, site, policy)?.mark ?? EMPTY;
}

/** Where the modules of the program are, as sources of values name it. */
export const programPlaces = new Set<string>();

/** The same for a module, whose mlld is part of the program from then on. */
export function linkedModule(location: string, site: number, policy: boolean): Mark {
  const reply = read(location, site, policy);
  if (reply === null) return EMPTY;
  for (const place of reply.value as string[]) programPlaces.add(place);
  return reply.mark;
}

/** Null for what comes with the compiler. */
function read(location: string, site: number, policy: boolean): Box | null {
  if (standardName(location) !== null) return null;
  const place = { location: placed(location) };
  return doorCall('file.linked', policy ? { ...place, policy } : place, site);
}

/** What a module is, beside a policy, is read like any other. */
function permitValues(module: ModuleRecord, site: number): void {
  if (!module.policyOnly) return;
  linked(module.path, site);
  module.policyOnly = false;
}

/** Where a path the program was linked with is now: a bundle may run away from its project. */
export function placed(location: string): string {
  if (runState.moved === null) return location;
  const [from, to] = runState.moved;
  return location === from || location.startsWith(`${from}/`) ? to + location.slice(from.length) : location;
}

/** Every export of `module` under its provenance, as a namespace. */
export function namespaceOf(module: ModuleRecord, site = -1): Box {
  permitValues(module, site);
  const exports = new Map<string, Box>();
  let deep = module.mark;
  for (const [name, value] of visibleExports(module, site)) {
    const member = imported(value, module);
    exports.set(name, member);
    deep = marked(member, deep).mark;
  }
  return new Box(new Namespace(exports, module.frontmatter, module.file), EMPTY, null, deep);
}

/** What a module exports, by the names importers know. */
export function visibleExports(module: ModuleRecord, site: number): Map<string, Box> {
  if (module.exported === null) return module.exports;
  const visible = new Map<string, Box>();
  for (const [name, local] of module.exported) {
    if (module.unused.has(local)) continue;
    const value = module.exports.get(local);
    if (value === undefined) {
      throw new MlldError(
        'MlldImport',
        'EXPORTED_NAME_NOT_FOUND',
        `Import error (EXPORTED_NAME_NOT_FOUND): Exported name '${local}' is not defined in this module`,
        {
          site,
          hint: `Define @${local} in ${module.file}, or take it out of the export list there.`,
        },
      );
    }
    visible.set(name, value);
  }
  const result = module.exports.get('default');
  if (result) visible.set('default', result);
  return visible;
}

function imported(value: Box, module: ModuleRecord): Box {
  if (value.value instanceof Executable) value.value.provenance = join(value.value.provenance, module.mark);
  return marked(value, module.mark);
}

/** The export `name` of `module`, under the module's provenance. */
export function importName(module: ModuleRecord, name: string, site: number): Box {
  permitValues(module, site);
  const visible = visibleExports(module, site);
  const value = visible.get(name);
  if (value !== undefined) return imported(value, module);
  throw new MlldError(
    'MlldImport',
    'IMPORT_EXPORT_MISSING',
    `Import error (IMPORT_EXPORT_MISSING): Import '${name}' not found in module '${module.file}'`,
    {
      site,
      hint: `The module exports: ${[...visible.keys()].join(', ') || 'nothing'}.`,
    },
  );
}

/** A box whose value is computed on first use and then kept (language.md 4.1, laziness). */
export class Lazy {
  private value: Box | null = null;
  constructor(private readonly compute: () => Box) {}
  /** The value, once somebody has used it. */
  get known(): Box | null {
    return this.value;
  }
  force(): Box {
    this.value ??= this.compute();
    return this.value;
  }
}

/** The same for a literal whose evaluation has to wait. */
export class LazyAsync {
  private value: Promise<Box> | null = null;
  constructor(private readonly compute: () => Promise<Box>) {}
  force(): Promise<Box> {
    this.value ??= this.compute();
    return this.value;
  }
}
