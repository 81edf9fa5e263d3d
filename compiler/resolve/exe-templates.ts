/** `exe @f(p) = template "path"`: the file is beside the module, on this machine or where the module came from. */

import path from 'node:path';
import type { ExeStatement } from '../../grammar/ast.js';
import { templateText } from './constants.js';
import type { Resolver } from './index.js';
import { rooted } from './locate.js';
import { isPlaceless, isUrl, maxAgeOf } from './remote.js';
import type { SourceUnit, TemplateUnit } from './unit.js';

/** The template; null when there is none: reported, still to be fetched, or a file a call will find missing. */
export function exeTemplate(
  resolver: Resolver,
  unit: SourceUnit,
  node: ExeStatement,
  constants: ReadonlyMap<string, string>,
): TemplateUnit | null {
  if (node.body.type !== 'TemplateFileBody') return null;
  const { loc } = node.body.path;
  const text = templateText(node.body.path, constants);
  if (text === null) {
    resolver.session.error('MlldImport', 'dynamic_template_path', {}, unit.file, loc);
    return null;
  }
  if (isUrl(text) || (isUrl(unit.path) && !text.startsWith('@'))) return fetchedTemplate(resolver, unit, node, text);
  if (isPlaceless(unit.path)) {
    resolver.session.error('MlldImport', 'import_remote_local', { path: text }, unit.file, loc);
    return null;
  }
  const file = path.resolve(unit.dir, rooted(text, resolver.root));
  return resolver.host.isFile(file) ? resolver.template(file) : null;
}

function fetchedTemplate(
  resolver: Resolver,
  unit: SourceUnit,
  node: ExeStatement,
  written: string,
): TemplateUnit | null {
  const { loc } = node.body;
  const base = isUrl(unit.path) ? unit.path : undefined;
  if (!URL.canParse(written, base)) {
    resolver.session.error('MlldImport', 'import_bad_url', { url: written }, unit.file, loc);
    return null;
  }
  const { href } = new URL(written, base);
  const source = { kind: 'url', urls: [href] } as const;
  const known = resolver.fetched({ key: href, source, headers: {}, maxAge: maxAgeOf(null)! }, unit, loc);
  if (known === null) return null;
  const mode = new URL(known.url).pathname.endsWith('.mtt') ? 'mtt' : 'att';
  return resolver.template(known.url, () => known.text, mode);
}
