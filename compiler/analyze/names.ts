/** Names a module defines at its top level, in source order (language.md 4.3). */

import type { Action, ImportStatement, Program, Span, Statement, TopLevel } from '../../grammar/ast.js';
import { moduleName } from '../resolve/names.js';

export interface ModuleName {
  name: string;
  kind: 'var' | 'exe' | 'import';
  span: Span;
  /** The statement that defines it. */
  node: Statement;
  /** Parameters, for executables. */
  params?: readonly string[];
}

export function moduleNames(ast: Program): ModuleName[] {
  const names: ModuleName[] = [];
  collect(ast.body, names);
  return names;
}

function collect(body: readonly TopLevel[], names: ModuleName[]): void {
  for (const node of body) {
    switch (node.type) {
      case 'RunFence':
        collect(node.body, names);
        break;
      case 'VarStatement':
        names.push({ name: node.name.name, kind: 'var', span: node.name.loc, node });
        break;
      case 'ExeStatement':
        names.push({
          name: node.name.name,
          kind: 'exe',
          span: node.name.loc,
          node,
          params: (node.params ?? []).map((p) => p.name),
        });
        break;
      case 'ImportStatement':
        for (const name of importedNames(node)) names.push({ name, kind: 'import', span: node.loc, node });
        break;
      case 'GuardStatement':
        if (node.name) names.push({ name: node.name.name, kind: 'var', span: node.name.loc, node });
        break;
      case 'PolicyStatement':
        if (node.name) names.push({ name: node.name.name, kind: 'var', span: node.name.loc, node });
        break;
      case 'WhenStatement':
        for (const entry of node.when.entries) if (entry.type === 'WhenArm') collectAction(entry.action, names);
        break;
      case 'IfStatement':
        collect(node.consequent.body, names);
        if (node.alternate) collect(node.alternate.body, names);
        break;
    }
  }
}

function collectAction(action: Action, names: ModuleName[]): void {
  if (action.type === 'Block') collect(action.body, names);
  else collect([action], names);
}

/** Names an import binds in the importing module. */
export function importedNames(node: ImportStatement): string[] {
  const { what } = node;
  switch (what.kind) {
    case 'names':
      return what.names.map((n) => n.alias ?? n.name);
    case 'namespace':
      return [what.alias ?? moduleName(node)];
    case 'templates':
      return [what.alias];
    case 'policy':
      return what.alias ? [what.alias] : [];
    case 'tools':
      return what.names ? what.names.map((n) => n.alias ?? n.name) : what.alias ? [what.alias] : [];
  }
}
