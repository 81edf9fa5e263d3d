/**
 * Pass: flows of labels and uses of capabilities that policies certainly refuse, before anything
 * runs (security.md 5). The program is followed in the order it runs, with the labels that are
 * certain to be on each value, and the policies are asked by the code that asks them at run time.
 * What only a run can know is passed over: nothing is told that a run would allow.
 */

import type { GuardStatement, HookStatement } from '../../../grammar/ast.js';
import type { World } from '../../resolve/index.js';
import type { Session } from '../../session.js';
import { literalData } from '../literal-data.js';
import { type AnyNode, walk } from '../walk.js';
import { followWatcher } from './bodies.js';
import * as expressions from './expressions.js';
import type { Analysis } from './frame.js';
import { followModule } from './modules.js';
import * as statements from './statements.js';
import { addGuard, addHook, noWatchers, type Watchers } from './watchers.js';

const BUDGET = 200_000;

export default function flows(session: Session, world: World): void {
  const { hasPolicies, watchers } = natureOf(world);
  if (!hasPolicies) return;
  const all: Analysis = {
    follow: { ...expressions, ...statements },
    session,
    world,
    policies: [],
    places: new Map(),
    watchers,
    data: watchers.variables ? new Map() : dataOf(world),
    modules: new Map(),
    told: new Set(),
    written: new Map(),
    bodies: [],
    tier: undefined,
    profile: undefined,
    mayHaveEnded: false,
    budget: BUDGET,
  };
  for (const unit of world.policies) followModule(unit, all);
  followModule(world.main, all);
  for (const { node, frame } of all.bodies) followWatcher(node, frame);
}

interface Nature {
  hasPolicies: boolean;
  watchers: Watchers;
}

function natureOf(world: World): Nature {
  const nature: Nature = { hasPolicies: false, watchers: noWatchers() };
  for (const unit of world.units) {
    walk(unit.ast.body, (node) => {
      nature.hasPolicies ||= node.type === 'PolicyStatement' || (node.type === 'ImportStatement' && isPolicy(node));
      nature.hasPolicies ||= node.type === 'WithClause' && (node.entries as { key: string }[]).some(isPolicyEntry);
      if (node.type === 'GuardStatement') addGuard(nature.watchers, node as unknown as GuardStatement);
      if (node.type === 'HookStatement') addHook(nature.watchers, node as unknown as HookStatement);
      return true;
    });
  }
  return nature;
}

function isPolicy(node: AnyNode): boolean {
  return (node.what as { kind: string }).kind === 'policy';
}

function isPolicyEntry({ key }: { key: string }): boolean {
  return key === 'policy';
}

/** The data of every variable that is written out. */
function dataOf(world: World): Analysis['data'] {
  return new Map(
    world.units.map((unit) => {
      const data = new Map<string, unknown>([
        ['root', world.root],
        ['base', world.root],
      ]);
      for (const node of unit.ast.body) {
        if (node.type === 'VarStatement')
          data.set(
            node.name.name,
            literalData(node.value, (name) => data.get(name)),
          );
        if (node.type === 'PolicyStatement' && node.name && node.value.type === 'ObjectLiteral')
          data.set(
            node.name.name,
            literalData(node.value, (name) => data.get(name)),
          );
      }
      return [unit, data];
    }),
  );
}
