/**
 * Pass: flows of labels and uses of capabilities that policies certainly refuse, before anything
 * runs (security.md 5). The program is followed in the order it runs, with the labels that are
 * certain to be on each value, and the policies are asked by the code that asks them at run time.
 * What only a run can know is passed over: nothing is told that a run would allow.
 */

import type { World } from '../../resolve/index.js';
import type { Session } from '../../session.js';
import { literalData } from '../literal-data.js';
import { type AnyNode, walk } from '../walk.js';
import type { Analysis } from './frame.js';
import { followModule } from './modules.js';

const BUDGET = 200_000;

export default function flows(session: Session, world: World): void {
  const nature = natureOf(world);
  if (!nature.hasPolicies || nature.transforms) return;
  const all: Analysis = {
    session,
    world,
    policies: [],
    flowsStand: !nature.handlesDenials,
    data: dataOf(world),
    modules: new Map(),
    told: new Set(),
    budget: BUDGET,
  };
  for (const unit of world.policies) followModule(unit, all);
  followModule(world.main, all);
}

interface Nature {
  hasPolicies: boolean;
  /** Guards or hooks may put something else in the place of what an operation is given. */
  transforms: boolean;
  /** Refusals of flows may be answered or lifted. */
  handlesDenials: boolean;
}

function natureOf(world: World): Nature {
  const nature: Nature = { hasPolicies: false, transforms: false, handlesDenials: false };
  for (const unit of world.units) {
    walk(unit.ast.body, (node) => {
      nature.hasPolicies ||= node.type === 'PolicyStatement' || (node.type === 'ImportStatement' && isPolicy(node));
      nature.transforms ||= node.type === 'HookStatement' || (node.type === 'GuardStatement' && mayTransform(node));
      nature.handlesDenials ||= node.type === 'KeywordCondition' && node.keyword === 'denied';
      nature.handlesDenials ||= node.type === 'ObjectLiteral' && hasKey(node, 'authorizations');
      return true;
    });
  }
  return nature;
}

function isPolicy(node: AnyNode): boolean {
  return (node.what as { kind: string }).kind === 'policy';
}

/** Anything but a plain `allow` and `deny` may change what is judged, or who judges it. */
function mayTransform(node: AnyNode): boolean {
  if (node.privileged === true || node.with !== null) return true;
  return (node.body as { action?: { kind: string; value?: unknown; with?: unknown } }[]).some(
    ({ action }) => action && action.kind !== 'deny' && (action.kind !== 'allow' || action.value || action.with),
  );
}

function hasKey(node: AnyNode, key: string): boolean {
  return (node.members as { kind: string; key?: string }[]).some((member) => member.key === key);
}

/** The data of every variable that is written out. */
function dataOf(world: World): Analysis['data'] {
  return new Map(
    world.units.map((unit) => {
      const data = new Map<string, unknown>();
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
