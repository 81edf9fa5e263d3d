/** Pass: names that two imports bring, or that an import and a definition share (language.md 11.4). */

import type { Span, Statement, Template } from '../../grammar/ast.js';
import { LineIndex } from '../parse/lines.js';
import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import type { ModuleName } from './names.js';

export default function clashes(session: Session, unit: SourceUnit, names: readonly ModuleName[]): void {
  const first = new Map<string, ModuleName>();
  for (const name of names) {
    const known = first.get(name.name);
    if (known) report(session, unit, known, name);
    else first.set(name.name, name);
  }
}

function report(session: Session, unit: SourceUnit, known: ModuleName, again: ModuleName): void {
  const { name } = again;
  const imported = known.kind === 'import';
  if (imported && again.kind === 'import') {
    if (known.node !== again.node)
      session.error('MlldImport', 'import_conflict', { name, source: sourceOf(known.node) }, unit.file, again.span);
    else if (importsTools(again.node))
      session.error('MlldImport', 'tool_requested_twice', { name }, unit.file, again.span);
  } else if ((imported || again.kind === 'import') && (importsTools(known.node) || importsTools(again.node))) {
    session.error('MlldImport', 'tool_import_redefined', { name }, unit.file, imported ? known.span : again.span);
  } else if (imported) {
    const origin = placeOf(unit, known.span);
    session.error(
      'VariableRedefinition',
      'import_redefined',
      { name, origin, source: sourceOf(known.node) },
      unit.file,
      again.span,
    );
  }
}

function importsTools(node: Statement): boolean {
  return node.type === 'ImportStatement' && node.what.kind === 'tools';
}

/** What the import names, as it is written. */
function sourceOf(node: Statement): string {
  if (node.type !== 'ImportStatement') return '';
  const { source } = node;
  if (source.kind === 'mcp') return source.spec.type === 'Template' ? textOf(source.spec) : 'mcp';
  return source.kind === 'path' ? textOf(source.path) : source.name;
}

function textOf(node: Template): string {
  return node.parts.map((part) => (part.type === 'TemplateText' ? part.text : '')).join('');
}

function placeOf(unit: SourceUnit, span: Span): string {
  const { line, column } = new LineIndex(unit.source).at(span.start);
  return `${unit.file}:${line}:${column}`;
}
