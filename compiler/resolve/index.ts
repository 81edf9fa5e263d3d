/**
 * resolve: from one file to the closed world it needs. Follows imports of every kind, parses what
 * they name, detects cycles, and reports what cannot be found.
 */

import path from 'node:path';
import type { ImportStatement, Mode, Program, Span, Statement, TopLevel } from '../../grammar/ast.js';
import { MAX_NESTING, nestsDeeperThan } from '../../runtime/shared/nesting.js';
import { parse } from '../parse/index.js';
import type { Session } from '../session.js';
import { resolveDirectory, resolveTemplates } from './collections.js';
import { constantsOf, constantText, quotedModule } from './constants.js';
import { exeTemplate } from './exe-templates.js';
import type { ResolveHost } from './host.js';
import { locate, type ModuleConfig } from './locate.js';
import { isPlaceless, isUrl, type RemoteModule, type RemoteModules, type RemoteRequest, requestId } from './remote.js';
import type { ResolvedImport, SourceUnit, TemplateUnit } from './unit.js';

export interface World {
  readonly main: SourceUnit;
  /** Modules of the project whose policies hold before the main script begins. */
  readonly policies: readonly SourceUnit[];
  /** Every module, dependencies before dependents. */
  readonly units: SourceUnit[];
  /** Every template file. */
  readonly templates: TemplateUnit[];
  /** Absolute project root. */
  readonly root: string;
  /** Modules that have to be fetched before the program is complete. */
  readonly wanted: readonly RemoteRequest[];
}

export interface ResolveOptions {
  source: string;
  file: string;
  path: string;
  root: string;
  ast: Program;
  host: ResolveHost;
  config: ModuleConfig;
  /** Absolute paths of `policy.import` in the project's configuration. */
  policies: readonly string[];
  /** Modules of the network that were fetched. */
  remote: RemoteModules;
}

/** Resolves everything `options.ast` imports, directly and indirectly. Problems go to the session. */
export function resolve(session: Session, options: ResolveOptions): World {
  const resolver = new Resolver(session, options.host, options.root, options.config, options.remote);
  // A module of the list that is run itself is not imported as well.
  const policies = options.policies
    .filter((file) => file !== options.path)
    .map((file) => resolver.configured(file, options.file));
  const main = resolver.unit(options.path, options.file, options.source, options.ast, false, []);
  return {
    main,
    policies: policies.filter((unit) => unit !== null),
    units: resolver.ordered,
    templates: resolver.templates,
    root: options.root,
    wanted: [...resolver.wanted.values()],
  };
}

export class Resolver {
  readonly ordered: SourceUnit[] = [];
  readonly templates: TemplateUnit[] = [];
  readonly wanted = new Map<string, RemoteRequest>();
  private readonly units = new Map<string, SourceUnit>();
  private readonly templateUnits = new Map<string, TemplateUnit>();
  private nextId = 0;

  constructor(
    readonly session: Session,
    readonly host: ResolveHost,
    readonly root: string,
    readonly config: ModuleConfig,
    private readonly remote: RemoteModules,
  ) {}

  unit(
    file: string,
    shown: string,
    source: string,
    ast: Program,
    imported: boolean,
    chain: readonly string[],
  ): SourceUnit {
    const unit: SourceUnit = {
      id: this.nextId++,
      file: shown,
      path: file,
      // Files a module without a place reads are the project's: it has none of its own.
      dir: isPlaceless(file) ? this.root : path.dirname(file),
      source,
      ast,
      imported,
      imports: new Map(),
      templates: new Map(),
    };
    this.units.set(file, unit);
    this.session.sources.set(shown, source);
    // The directories of this machine mean nothing to a module without a place, and are none of its business.
    const constants = constantsOf(ast, isPlaceless(file) ? '@root' : this.root);
    const inside = [...chain, file];
    forEachStatement(ast.body, (node) => {
      if (node.type === 'ImportStatement') {
        const target = this.import(unit, node, constants, inside);
        if (target) unit.imports.set(node, target);
      } else if (node.type === 'ExeStatement' && node.body.type === 'TemplateFileBody') {
        const template = exeTemplate(this, unit, node, constants);
        if (template) unit.templates.set(node, template);
      }
    });
    this.ordered.push(unit);
    return unit;
  }

  /** The module at an absolute path, parsed once; null when it cannot be used (reported). */
  module(file: string, from: SourceUnit, node: ImportStatement, chain: readonly string[]): SourceUnit | null {
    return this.parsed(file, () => this.host.read(file), undefined, from, node, chain);
  }

  private parsed(
    file: string,
    read: () => string,
    mode: Mode | undefined,
    from: SourceUnit,
    node: ImportStatement,
    chain: readonly string[],
  ): SourceUnit | null {
    if (chain.includes(file)) {
      const cycle = [...chain.slice(chain.indexOf(file)), file]
        .map((p) => (isPlaceless(p) ? p : path.relative(this.root, p) || p))
        .join(' → ');
      this.session.error('MlldImport', 'circular_import', { path: file, chain: cycle }, from.file, node.loc);
      return null;
    }
    const known = this.units.get(file);
    if (known) return known;
    const shown = isPlaceless(file) ? file : path.relative(process.cwd(), file) || file;
    const source = read();
    const parsed = parse(source, shown, { mode });
    this.session.sources.set(shown, source);
    this.session.add(parsed.diagnostics);
    if (parsed.ast?.type !== 'Program') return null;
    return this.unit(file, shown, source, parsed.ast, true, chain);
  }

  /** A module the configuration names; null when it cannot be used (reported). */
  configured(file: string, main: string): SourceUnit | null {
    const known = this.units.get(file);
    if (known) return known;
    const shown = path.relative(process.cwd(), file) || file;
    if (!this.host.isFile(file)) {
      this.session.error('MlldImport', 'policy_import_missing', { path: shown }, main, null);
      return null;
    }
    const source = this.host.read(file);
    const parsed = parse(source, shown);
    this.session.sources.set(shown, source);
    this.session.add(parsed.diagnostics);
    return parsed.ast?.type === 'Program' ? this.unit(file, shown, source, parsed.ast, true, []) : null;
  }

  /** The template at an absolute path or address, parsed once; null when it has errors (reported). */
  template(file: string, read = () => this.host.read(file), mode?: Mode): TemplateUnit | null {
    const known = this.templateUnits.get(file);
    if (known) return known;
    const shown = isUrl(file) ? file : path.relative(process.cwd(), file) || file;
    const source = read();
    const parsed = parse(source, shown, { mode });
    this.session.sources.set(shown, source);
    this.session.add(parsed.diagnostics);
    if (parsed.ast?.type !== 'TemplateFile') return null;
    const unit: TemplateUnit = {
      id: this.nextId++,
      file: shown,
      path: file,
      dir: isUrl(file) ? this.root : path.dirname(file),
      source,
      ast: parsed.ast,
    };
    this.templateUnits.set(file, unit);
    this.templates.push(unit);
    return unit;
  }

  private import(
    unit: SourceUnit,
    node: ImportStatement,
    constants: ReadonlyMap<string, string>,
    chain: readonly string[],
  ): ResolvedImport | null {
    const { source } = node;
    switch (source.kind) {
      case 'node':
        return { kind: 'node', package: source.name };
      case 'mcp':
        return { kind: 'mcp' };
      case 'builtin':
        return { kind: 'builtin', name: source.name };
    }
    const written = source.kind === 'path' ? constantText(source.path, constants) : `@${source.name}`;
    if (written === null) {
      const name = source.kind === 'path' ? quotedModule(unit.source.slice(source.loc.start, source.loc.end)) : null;
      if (name) this.session.error('MlldImport', 'quoted_module', { name }, unit.file, source.loc);
      else this.session.error('MlldImport', 'dynamic_import_path', {}, unit.file, source.loc);
      return null;
    }
    if (!checkImportType(this.session, unit, node, source.kind, written)) return null;
    const location = locate(written, unit, node, this);
    if (location === null) return null;
    if (location.kind === 'remote') return this.remoteModule(location.request, unit, node, chain);
    if (location.kind === 'standard') {
      const { name, path: file } = location;
      const target = this.parsed(name, () => this.host.read(file), 'strict', unit, node, chain);
      return target && { kind: 'unit', unit: target };
    }
    const found = location.path;
    if (node.what.kind === 'templates') return resolveTemplates(this, unit, node, found);
    if (this.host.isDirectory(found)) return resolveDirectory(this, unit, node, found, chain);
    if (found.endsWith('.json')) return this.data(unit, node, found, this.host.read(found));
    if (!/\.(mld|mld\.md|md)$/.test(found)) {
      this.session.error('MlldImport', 'not_a_module', { path: written, type: 'text' }, unit.file, source.loc);
      return null;
    }
    const target = this.module(found, unit, node, chain);
    return target && { kind: 'unit', unit: target };
  }

  /** A module of the network: what was fetched, or one more to fetch. */
  private remoteModule(
    request: RemoteRequest,
    unit: SourceUnit,
    node: ImportStatement,
    chain: readonly string[],
  ): ResolvedImport | null {
    if (node.what.kind === 'templates') {
      this.session.error('MlldImport', 'template_remote', { path: request.key }, unit.file, node.source.loc);
      return null;
    }
    const known = this.fetched(request, unit, node.source.loc);
    if (known === null) return null;
    const { pathname } = new URL(known.url);
    if (pathname.endsWith('.json') || known.contentType === 'application/json')
      return this.data(unit, node, known.url, known.text);
    const target = this.parsed(known.url, () => known.text, remoteMode(known), unit, node, chain);
    return target && { kind: 'unit', unit: target };
  }

  /** The answer to a request; null when there is none yet (asked for) or none to be had (reported). */
  fetched(request: RemoteRequest, unit: SourceUnit, loc: Span): RemoteModule | null {
    const id = requestId(request);
    const known = this.remote.get(id);
    if (known === undefined) {
      const other = this.wanted.get(id);
      if (!other || request.maxAge < other.maxAge) this.wanted.set(id, request);
      return null;
    }
    if ('code' in known) {
      this.session.error(
        request.source.kind === 'registry' ? 'MlldResolution' : 'MlldImport',
        known.code,
        known.params,
        unit.file,
        loc,
      );
      return null;
    }
    if (known.stale) this.session.warning('MlldImport', 'import_stale', { name: id }, unit.file, loc);
    return known;
  }

  private data(unit: SourceUnit, node: ImportStatement, file: string, text: string): ResolvedImport | null {
    const refuse = (cause: string) => {
      const params = { path: path.basename(file), cause };
      this.session.error('MlldImport', 'bad_json_import', params, unit.file, node.source.loc);
      return null;
    };
    try {
      const data: unknown = JSON.parse(text);
      // It becomes a part of the program, which nobody could write down or read if it were.
      if (nestsDeeperThan(data, MAX_NESTING)) return refuse(`nested deeper than ${MAX_NESTING} levels`);
      return { kind: 'data', data, path: file };
    } catch (error) {
      return refuse((error as Error).message);
    }
  }
}

/** By the name; where it says nothing, by the content type. */
function remoteMode({ url, contentType }: RemoteModule): Mode {
  const { pathname } = new URL(url);
  if (/\.mld$/i.test(pathname)) return 'strict';
  return /\.(md|markdown)$/i.test(pathname) || contentType === 'text/markdown' ? 'markdown' : 'strict';
}

function checkImportType(
  session: Session,
  unit: SourceUnit,
  node: ImportStatement,
  kind: 'path' | 'module',
  written: string,
): boolean {
  const type = node.importType?.name;
  if (type === 'module' && kind === 'path') {
    session.error('MlldImport', 'import_type_module', {}, unit.file, node.loc);
    return false;
  }
  if (type === 'cached' && !isUrl(written)) {
    session.error('MlldImport', 'import_type_cached', {}, unit.file, node.loc);
    return false;
  }
  return true;
}

/** Visits the statements of a file, those inside fences and top-level blocks included. */
function forEachStatement(body: readonly TopLevel[], visit: (node: Statement) => void): void {
  for (const node of body) {
    if (node.type === 'DocText' || node.type === 'DocBreak') continue;
    if (node.type === 'RunFence') forEachStatement(node.body, visit);
    else {
      visit(node);
      if (node.type === 'IfStatement') {
        forEachStatement(node.consequent.body, visit);
        if (node.alternate) forEachStatement(node.alternate.body, visit);
      }
    }
  }
}
