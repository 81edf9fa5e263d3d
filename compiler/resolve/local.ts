/** `import local { … } from @author/name`: the module of `llm/modules/` whose frontmatter says so. */

import path from 'node:path';
import type { ImportStatement } from '../../grammar/ast.js';
import type { Resolver } from './index.js';
import type { Location } from './locate.js';
import type { SourceUnit } from './unit.js';

export function localModule(
  written: string,
  unit: SourceUnit,
  node: ImportStatement,
  resolver: Resolver,
): Location | null {
  const dir = path.join(resolver.root, 'llm', 'modules');
  const [author, name] = written.slice(1).split('/');
  if (resolver.host.isDirectory(dir)) {
    for (const entry of resolver.host.list(dir)) {
      const file = path.join(dir, entry);
      if (!/\.(mld|mld\.md|md)$/.test(entry) || !resolver.host.isFile(file)) continue;
      const head = /^---\r?\n([\s\S]*?)\r?\n---/.exec(resolver.host.read(file))?.[1] ?? '';
      const value = (key: string): string | undefined =>
        new RegExp(`^${key}:\\s*["']?([^"'\\n]*)`, 'm').exec(head)?.[1]?.trim();
      if (value('author') === author && value('name') === name) return { kind: 'file', path: file };
    }
  }
  resolver.session.error('MlldImport', 'local_module_not_found', { name: written }, unit.file, node.source.loc);
  return null;
}
