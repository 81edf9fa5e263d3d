/** Imports of whole directories: modules by `index.mld`, templates by file (language.md 11.5). */

import path from 'node:path';
import type { ImportStatement } from '../../grammar/ast.js';
import type { Resolver } from './index.js';
import type { ResolvedImport, SourceUnit, TemplateTree } from './unit.js';

const DEFAULT_SKIP = ['_*', '.*'];

export function resolveDirectory(
  resolver: Resolver,
  unit: SourceUnit,
  node: ImportStatement,
  dir: string,
  chain: readonly string[],
): ResolvedImport | null {
  if (node.what.kind === 'policy') {
    const name = node.what.alias ?? 'policy';
    resolver.session.error('MlldImport', 'policy_from_directory', { dir, name }, unit.file, node.source.loc);
    return null;
  }
  const skip = skipPatterns(node).map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .replace(/[.+^${}()|[\]\\]/g, '\\$&')
          .replace(/\*/g, '.*')
          .replace(/\?/g, '.')}$`,
      ),
  );
  const members = new Map<string, SourceUnit>();
  for (const name of resolver.host.list(dir)) {
    const index = path.join(dir, name, 'index.mld');
    if (skip.some((pattern) => pattern.test(name)) || !resolver.host.isFile(index)) continue;
    const module = resolver.module(index, unit, node, chain);
    if (module) members.set(identifier(name), module);
  }
  if (members.size === 0) {
    resolver.session.error('MlldImport', 'no_index_modules', { dir }, unit.file, node.source.loc);
    return null;
  }
  return { kind: 'directory', members, path: dir };
}

function skipPatterns(node: ImportStatement): string[] {
  const entry = node.with?.entries.find((e) => e.key === 'skipDirs');
  if (entry?.value.type !== 'ArrayLiteral') return DEFAULT_SKIP;
  return entry.value.elements.flatMap(({ value }) => {
    if (value.type === 'Literal') return [String(value.value)];
    if (value.type === 'Template')
      return [value.parts.map((part) => (part.type === 'TemplateText' ? part.text : '')).join('')];
    return [];
  });
}

/** A directory or file name as an identifier: what is not allowed becomes `_`. */
export function identifier(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(\d)/, '_$1');
}

export function resolveTemplates(
  resolver: Resolver,
  unit: SourceUnit,
  node: ImportStatement,
  dir: string,
): ResolvedImport | null {
  if (!resolver.host.isDirectory(dir)) {
    resolver.session.error('MlldImport', 'templates_not_directory', { path: dir }, unit.file, node.source.loc);
    return null;
  }
  return { kind: 'templates', tree: templateTree(resolver, dir) };
}

function templateTree(resolver: Resolver, dir: string): TemplateTree {
  const tree: TemplateTree = { templates: new Map(), children: new Map() };
  for (const name of resolver.host.list(dir)) {
    const file = path.join(dir, name);
    if (resolver.host.isDirectory(file)) {
      const child = templateTree(resolver, file);
      if (child.templates.size || child.children.size) tree.children.set(name, child);
    } else if (/\.(att|mtt)$/.test(name)) {
      const template = resolver.template(file);
      if (template) tree.templates.set(name.replace(/\.(att|mtt)$/, ''), template);
    }
  }
  return tree;
}
