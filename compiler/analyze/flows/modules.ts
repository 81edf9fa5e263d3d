/** Modules: followed once, where they are imported first; their exports carry where they come from. */

import type { ImportStatement, Statement, TopLevel } from '../../../grammar/ast.js';
import { join, makeMark } from '../../../runtime/shared/marks.js';
import { ancestors, originMark, PROPAGATION } from '../../../runtime/shared/propagation.js';
import { moduleName } from '../../resolve/names.js';
import { isUrl } from '../../resolve/remote.js';
import type { SourceUnit } from '../../resolve/unit.js';
import { importedNames } from '../names.js';
import { runBlock } from './follow.js';
import { type Analysis, type Frame, here, newTurn } from './frame.js';
import { adopt } from './policies.js';
import { marked, PLAIN, Scope, UNKNOWN, type Value } from './values.js';

/** Follows a module and answers what it defines. */
export function followModule(unit: SourceUnit, all: Analysis): ReadonlyMap<string, Value> {
  const known = all.modules.get(unit);
  if (known) return known;
  const scope = new Scope();
  all.modules.set(unit, new Map());
  runBlock(statementsOf(unit.ast.body), {
    all,
    unit,
    scope,
    certain: true,
    tells: !unit.imported,
    calls: [],
    fragments: [],
    handled: false,
    answers: [],
    turn: newTurn(),
  });
  const exports = new Map(scope.entries());
  all.modules.set(unit, exports);
  return exports;
}

function statementsOf(body: readonly TopLevel[]): Statement[] {
  return body.flatMap((node): Statement[] => {
    if (node.type === 'DocText' || node.type === 'DocBreak') return [];
    return node.type === 'RunFence' ? node.body : [node];
  });
}

/** Binds what an import brings. */
export function importNames(node: ImportStatement, frame: Frame): void {
  const target = frame.unit.imports.get(node);
  for (const name of importedNames(node)) frame.scope.set(name, UNKNOWN);
  if (node.what.kind === 'tools') {
    for (const { name, alias } of node.what.names ?? []) frame.scope.set(alias ?? name, { ...UNKNOWN, tool: name });
    if (node.what.alias) frame.scope.set(node.what.alias, { ...UNKNOWN, tool: '*' });
    return;
  }
  if (target?.kind !== 'unit') return;
  const { unit } = target;
  const exports = followModule(unit, frame.all);
  const { what } = node;
  const origin = (value: Value): Value => {
    const row = isUrl(unit.path) ? PROPAGATION.importNetwork : PROPAGATION.import;
    const mark = join(makeMark({ taint: row.taint }), originMark(row, unit.path, ancestors(unit.path)));
    const entered = here(frame, node.loc, `enters: imported from ${unit.file}`);
    return { ...marked(value, mark, entered), recorded: true, exe: value.exe };
  };
  if (what.kind === 'policy') {
    const name = what.alias ?? moduleName(node);
    const data = frame.all.data.get(unit);
    adopt(data?.get(name) ?? data?.get('config'), name, frame, node.loc);
  } else if (what.kind === 'names') {
    const renamed = exportedAs(unit);
    for (const { name, alias } of what.names) {
      const value = exports.get(renamed.get(name) ?? name);
      if (value) frame.scope.set(alias ?? name, value.exe ? value : origin(value));
    }
  } else if (what.kind === 'namespace') {
    const renamed = exportedAs(unit);
    const members = new Map([...exports].map(([name, value]) => [name, value.exe ? value : origin(value)]));
    for (const [name, own] of renamed) if (members.has(own)) members.set(name, members.get(own)!);
    frame.scope.set(what.alias ?? moduleName(node), { ...PLAIN, exact: false, members });
  }
}

/** Names under which a module exports its own. */
function exportedAs(unit: SourceUnit): Map<string, string> {
  return new Map(
    unit.ast.body.flatMap((node) =>
      node.type === 'ExportStatement'
        ? (node.names ?? []).map(({ name, alias }) => [alias ?? name, name] as const)
        : [],
    ),
  );
}
