/**
 * Pass: which exports of each module the rest of the program can ask for. A literal nobody asks for
 * stays unevaluated, as it would in the module itself (language.md 4.1, laziness).
 */

import type { ExportStatement, ImportStatement, Program } from '../../grammar/ast.js';
import type { World } from '../resolve/index.js';
import { moduleName } from '../resolve/names.js';
import type { SourceUnit } from '../resolve/unit.js';

/** Names by module; null where any name may be asked for. */
export type UsedExports = ReadonlyMap<SourceUnit, ReadonlySet<string> | null>;

/** @param asked names of the main script that whoever runs it asks for */
export default function usedExports({ main, units, policies }: World, asked: readonly string[]): UsedExports {
  const used = new Map<SourceUnit, Set<string> | null>(units.map((unit) => [unit, new Set(['default'])]));
  const add = (unit: SourceUnit, names: ReadonlySet<string> | null) => {
    const known = used.get(unit);
    if (known === null || known === undefined) return;
    if (names === null) used.set(unit, null);
    else for (const name of names) known.add(name);
  };
  add(main, new Set(asked));
  for (const unit of policies) add(unit, null);
  for (const unit of units) {
    for (const [node, target] of unit.imports) {
      if (target.kind === 'unit') add(target.unit, namesUsed(unit, node));
      if (target.kind === 'directory') for (const member of target.members.values()) add(member, null);
    }
  }
  return used;
}

function namesUsed(unit: SourceUnit, node: ImportStatement): ReadonlySet<string> | null {
  const { what } = node;
  if (what.kind === 'names') return new Set(what.names.map(({ name }) => name));
  const alias = 'alias' in what && what.alias ? what.alias : moduleName(node);
  if (what.kind !== 'namespace' || (unit.imported && mayExport(unit.ast, alias))) return null;
  const members = new Set<string>();
  return onlyMembers(unit.ast.body, alias, node, members) ? members : null;
}

/** Whether importers of a module can ask for one of its names. */
export function mayExport(ast: Program, name: string): boolean {
  const directives = ast.body.filter((node): node is ExportStatement => node.type === 'ExportStatement');
  return (
    directives.length === 0 ||
    directives.some(({ names }) => names === null || names.some((exported) => exported.name === name))
  );
}

/** Collects the members of `name` that are read; false when it is used in any other way. */
function onlyMembers(node: unknown, name: string, except: ImportStatement, members: Set<string>): boolean {
  if (typeof node === 'string') return node !== name;
  if (typeof node !== 'object' || node === null || node === except) return true;
  const { type, name: subject, access } = node as { type?: string; name?: unknown; access?: unknown[] };
  if (type === 'Reference' && subject === name) {
    const [first, ...rest] = access as { kind: string; name: string }[];
    if (first?.kind !== 'field') return false;
    members.add(first.name);
    return onlyMembers(rest, name, except, members);
  }
  return Object.values(node).every((member) => onlyMembers(member, name, except, members));
}
