/** Which guards are about which operations (security.md 3.2). */

import type { Context } from '../context.js';
import type { Executable } from '../executable.js';
import type { Operation } from '../operate.js';
import { keysOf, matchesOperation } from './operations.js';
import { overrides } from './override.js';
import { type Guard, phases, type Timing } from './registry.js';

/** The guards of a phase that are about an operation of one sort. */
export interface Plan {
  /** The guards there are. */
  readonly guards: readonly Guard[];
  /** Those about labels of what goes in or comes out. */
  readonly labelled: readonly Guard[];
  /** Those about the operation, whatever goes in. */
  readonly whole: readonly Guard[];
  /** What all of these allow may be kept (decisions.ts). */
  readonly wholeByMarks: boolean;
}

/** A plan made before, and what of an operation it was made from. */
interface Made {
  readonly plan: Plan;
  readonly kind: string;
  readonly subtype: string | undefined;
  readonly name: string | undefined;
}

const ofCalls: Record<Timing, WeakMap<Executable, Made>> = { before: new WeakMap(), after: new WeakMap() };
const ofOthers: Record<Timing, Map<string, Plan>> = { before: new Map(), after: new Map() };

/** The guards of a phase that are about an operation, as far as that does not depend on its inputs. */
export function planOf(context: Context, operation: Operation, timing: Timing): Plan {
  const listed = phases[timing].list;
  if (context.override !== null) return makePlan(overrides(context, operation, listed), operation);
  const { executable, covered, kind, subtype, name, labels } = operation;
  if (covered) return makePlan(listed, operation);
  if (!executable) return planOfSort(sortOf(operation), listed, operation, timing);
  if (labels?.length) return makePlan(listed, operation);
  const made = ofCalls[timing].get(executable);
  if (made?.plan.guards === listed && made.kind === kind && made.subtype === subtype && made.name === name)
    return made.plan;
  const plan = makePlan(listed, operation);
  ofCalls[timing].set(executable, { plan, kind, subtype, name });
  return plan;
}

/** The plan of a call, where one has been made under the guards there are. */
export function knownPlan(target: Executable, kind: string, timing: Timing): Plan | undefined {
  const made = ofCalls[timing].get(target);
  return made !== undefined && made.kind === kind && made.plan.guards === phases[timing].list ? made.plan : undefined;
}

/** What an operation that is no call is, apart from what goes into it. */
export function sortOf({ kind, subtype, labels = [] }: Operation): string {
  return `${kind} ${subtype} ${labels.length === 1 ? labels[0] : labels.join()}`;
}

function planOfSort(sort: string, listed: readonly Guard[], operation: Operation, timing: Timing): Plan {
  let plan = ofOthers[timing].get(sort);
  if (plan?.guards !== listed) {
    plan = makePlan(listed, operation);
    ofOthers[timing].set(sort, plan);
  }
  return plan;
}

function makePlan(listed: readonly Guard[], operation: Operation): Plan {
  const keys = keysOf(operation);
  const whole = listed.filter((guard) => matchesWhole(guard, operation, keys));
  return {
    guards: listed,
    labelled: listed.filter(({ filter }) => filter.kind === 'label'),
    whole,
    wholeByMarks: whole.every((guard) => guard.byMarks),
  };
}

/** An operation guard, a function guard, or a label that is on the operation itself. */
function matchesWhole(guard: Guard, operation: Operation, keys: ReadonlySet<string>): boolean {
  const { kind, value } = guard.filter;
  // The call around has been asked about its medium; a program, and which shell it is, are known here.
  if (operation.covered)
    return kind === 'operation' && (value.includes(':') || value === 'bash') && matchesOperation(keys, value);
  if (kind === 'operation') return matchesOperation(keys, value);
  if (kind === 'function')
    return (
      operation.executable !== undefined && (operation.name === value || operation.name === value.split('.').pop())
    );
  return operation.kind !== 'var' && matchesOperation(keys, value);
}
