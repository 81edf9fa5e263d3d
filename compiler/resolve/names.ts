/** The namespace name of `import "path"` without an alias: the file's stem as an identifier. */

import path from 'node:path';
import type { ImportStatement } from '../../grammar/ast.js';

export function moduleName(node: ImportStatement): string {
  const { source } = node;
  const text =
    source.kind === 'path'
      ? source.path.parts.map((part) => (part.type === 'TemplateText' ? part.text : '')).join('')
      : 'name' in source
        ? source.name
        : '';
  return path
    .basename(text)
    .replace(/\.(mld\.md|mld|md|json)$/, '')
    .replace(/[^A-Za-z0-9_]/g, '_');
}
