/** From what an import names to a file or a request for the network (language.md 11.1, 11.8). */

import path from 'node:path';
import type { ImportStatement } from '../../grammar/ast.js';
import { standardName } from '../../runtime/shared/standard.js';
import type { Resolver } from './index.js';
import { localModule } from './local.js';
import { matchPrefix, type PrefixTarget } from './prefixes.js';
import { isUrl, maxAgeOf, REGISTRY, type RemoteRequest } from './remote.js';
import { suggestPaths } from './suggest.js';
import type { SourceUnit } from './unit.js';

/** The parts of mlld-config.json that say where modules are. */
export interface ModuleConfig {
  /** Resolver prefixes, longest first. */
  prefixes: readonly { prefix: string; target: PrefixTarget }[];
  /** Directory of the modules that ship with the compiler, `@mlld/…`. */
  stdlib: string | null;
}

export type Location =
  | { kind: 'file'; path: string }
  | { kind: 'standard'; name: string; path: string }
  | { kind: 'remote'; request: RemoteRequest };

const EXTENSIONS = ['', '.mld', '.mld.md', '.md', '.json'];

/** Where the module, directory or data file is; null when there is none (reported). */
export function locate(written: string, unit: SourceUnit, node: ImportStatement, resolver: Resolver): Location | null {
  const found = candidate(written, unit, node, resolver);
  if (found === null || found.kind !== 'file') return found;
  const base = found.path;
  for (const extension of EXTENSIONS) {
    const file = base + extension;
    if (resolver.host.isFile(file) || (extension === '' && resolver.host.isDirectory(file)))
      return { kind: 'file', path: file };
  }
  const suggestions = suggestPaths(base, resolver.host);
  resolver.session.error(
    'MlldImport',
    'import_not_found',
    { path: written, suggestions: suggestions.length ? ` Did you mean: ${suggestions.join(', ')}?` : '' },
    unit.file,
    node.source.loc,
  );
  return null;
}

/** The place before extensions are tried. */
function candidate(written: string, unit: SourceUnit, node: ImportStatement, resolver: Resolver): Location | null {
  if (isUrl(written)) return remote([written], written, unit, node, resolver);
  if (!written.startsWith('@')) {
    if (!isUrl(unit.path)) return { kind: 'file', path: path.resolve(unit.dir, written) };
    const { href } = new URL(written, unit.path);
    return remote([href], href, unit, node, resolver);
  }
  const direct = rooted(written, resolver.root);
  const isLocal = node.importType?.name === 'local';
  if (isUrl(unit.path) && (direct !== written || isLocal)) {
    resolver.session.error('MlldImport', 'import_remote_local', { path: written }, unit.file, node.source.loc);
    return null;
  }
  if (direct !== written) return { kind: 'file', path: direct };
  if (isLocal) return localModule(written, unit, node, resolver);
  const match = matchPrefix(written, resolver.config.prefixes);
  if (match?.target.kind === 'directory') return { kind: 'file', path: path.join(match.target.dir, match.rest) };
  if (match?.target.kind === 'url') {
    const base = match.target.url.replace(/\/*$/, '/');
    const urls = (/\.[a-z]+$/i.test(match.rest) ? [''] : ['.mld', '.mld.md', '']).map(
      (extension) => new URL(match.rest + extension, base).href,
    );
    return remote(urls, written, unit, node, resolver, match.target.headers);
  }
  return (
    standardModule(written, node, resolver) ??
    registryModule(written, unit, node, resolver, match?.target.kind === 'registry' ? match.target.registry : REGISTRY)
  );
}

/** `@root/…` and `@base/…` as an absolute path; anything else unchanged. */
export function rooted(text: string, root: string): string {
  const match = /^@(?:root|base)(?:\/|$)/.exec(text);
  return match ? path.join(root, text.slice(match[0].length)) : text;
}

/** A module that ships with the compiler; a version asks for one of the registry. */
function standardModule(written: string, node: ImportStatement, resolver: Resolver): Location | null {
  const { stdlib } = resolver.config;
  const versioned = node.source.kind === 'module' && node.source.version !== null;
  const standard = standardName(written);
  if (stdlib === null || versioned || standard === null) return null;
  const file = path.join(stdlib, `${standard}.mld`);
  return resolver.host.isFile(file) ? { kind: 'standard', name: written, path: file } : null;
}

function registryModule(
  written: string,
  unit: SourceUnit,
  node: ImportStatement,
  resolver: Resolver,
  registry: string,
): Location | null {
  if (!/^@[\w-]+\/[\w.-]+$/.test(written)) {
    resolver.session.error(
      'MlldResolution',
      'module_unresolved',
      { name: written, cause: 'a module is named @author/name' },
      unit.file,
      node.source.loc,
    );
    return null;
  }
  const range = node.source.kind === 'module' ? node.source.version : null;
  const maxAge = allowedAge(unit, node, resolver);
  return maxAge === null
    ? null
    : { kind: 'remote', request: { key: written, source: { kind: 'registry', registry, range }, headers: {}, maxAge } };
}

function remote(
  urls: readonly string[],
  key: string,
  unit: SourceUnit,
  node: ImportStatement,
  resolver: Resolver,
  headers: Readonly<Record<string, string>> = {},
): Location | null {
  if (!urls.every((url) => URL.canParse(url))) {
    resolver.session.error('MlldImport', 'import_bad_url', { url: urls[0]! }, unit.file, node.source.loc);
    return null;
  }
  const maxAge = allowedAge(unit, node, resolver);
  return maxAge === null ? null : { kind: 'remote', request: { key, source: { kind: 'url', urls }, headers, maxAge } };
}

function allowedAge(unit: SourceUnit, node: ImportStatement, resolver: Resolver): number | null {
  const maxAge = maxAgeOf(node.importType);
  if (maxAge === null)
    resolver.session.error('MlldImport', 'import_bad_ttl', { ttl: node.importType?.ttl ?? '' }, unit.file, node.loc);
  return maxAge;
}
