/** From what an import names to an absolute path (language.md 11.1, 11.8). */

import path from 'node:path';
import type { ImportStatement } from '../../grammar/ast.js';
import type { Resolver } from './index.js';
import { rooted } from './index.js';
import { suggestPaths } from './suggest.js';
import type { SourceUnit } from './unit.js';

/** The parts of mlld-config.json that say where modules are. */
export interface ModuleConfig {
  /** Prefixes such as `@lib/` and the absolute directories they stand for, longest first. */
  prefixes: readonly { prefix: string; dir: string }[];
  /** Directory of the modules that ship with the compiler, `@mlld/…`. */
  stdlib: string | null;
}

const EXTENSIONS = ['', '.mld', '.mld.md', '.md', '.json'];

/** The absolute path of the module, directory or data file; null when there is none (reported). */
export function locate(written: string, unit: SourceUnit, node: ImportStatement, resolver: Resolver): string | null {
  const base = candidate(written, unit, node, resolver);
  if (base === null) return null;
  for (const extension of EXTENSIONS) {
    const file = base + extension;
    if (resolver.host.isFile(file) || (extension === '' && resolver.host.isDirectory(file))) return file;
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

function candidate(written: string, unit: SourceUnit, node: ImportStatement, resolver: Resolver): string | null {
  if (!written.startsWith('@')) return path.resolve(unit.dir, written);
  const direct = rooted(written, resolver.root);
  if (direct !== written) return direct;
  for (const { prefix, dir } of resolver.config.prefixes) {
    if (written.startsWith(prefix)) return path.join(dir, written.slice(prefix.length));
  }
  if (node.importType?.name === 'local') return localModule(written, unit, node, resolver);
  if (resolver.config.stdlib && written.startsWith('@mlld/')) return path.join(resolver.config.stdlib, written.slice('@mlld/'.length));
  resolver.session.error('MlldResolution', 'module_unresolved', { name: written }, unit.file, node.source.loc);
  return null;
}

/** `import local { … } from @author/name`: the module of `llm/modules/` whose frontmatter says so. */
function localModule(written: string, unit: SourceUnit, node: ImportStatement, resolver: Resolver): string | null {
  const dir = path.join(resolver.root, 'llm', 'modules');
  const [author, name] = written.slice(1).split('/');
  if (resolver.host.isDirectory(dir)) {
    for (const entry of resolver.host.list(dir)) {
      const file = path.join(dir, entry);
      if (!/\.(mld|mld\.md|md)$/.test(entry) || !resolver.host.isFile(file)) continue;
      const head = /^---\r?\n([\s\S]*?)\r?\n---/.exec(resolver.host.read(file))?.[1] ?? '';
      const value = (key: string): string | undefined => new RegExp(`^${key}:\\s*["']?([^"'\\n]*)`, 'm').exec(head)?.[1]?.trim();
      if (value('author') === author && value('name') === name) return file;
    }
  }
  resolver.session.error('MlldImport', 'local_module_not_found', { name: written }, unit.file, node.source.loc);
  return null;
}
