/**
 * What policies are known to permit. What they say of a call depends on its executable and the marks of
 * its inputs, of an effect on its sort and those, unless they list authorizations, which are about values, or label what has
 * no label. What the whole check has permitted once under the same policies need not be checked again.
 */

import { EMPTY } from '../../shared/marks.js';
import { leaves } from '../../shared/policy/compose.js';
import { hasLabel, unlabeledDefault } from '../../shared/policy/labels.js';
import type { Policy } from '../../shared/policy/types.js';
import type { Box } from '../box.js';
import type { Context } from '../context.js';
import { control } from '../control.js';
import type { Executable } from '../executable.js';
import type { Operation } from '../operate.js';
import { Allowed } from './decisions.js';
import { sortOf } from './plan.js';

const permitted = new Allowed();
let areAboutMarks = true;

/** Forgets what the policies before have permitted. */
export function policiesChanged(policies: readonly Policy[]): void {
  permitted.forget();
  areAboutMarks = unlabeledDefault(policies) === null && leaves(policies).every((policy) => !policy.authorizations);
}

/** Effects of one sort, as policies see them, have one object that stands for them. */
const sorts = new Map<string, object>();

/** What stands for an operation among those that are permitted; null for what values decide about. */
function keyOf(operation: Operation): object | null {
  const { kind, executable, labels, covered, around, command, target } = operation;
  if (covered || around || command !== undefined || target !== undefined || kind === 'run') return null;
  if (executable) return labels?.length || hasLabel(executable.labels, 'llm') ? null : executable;
  const sort = sortOf(operation);
  const key = sorts.get(sort) ?? {};
  sorts.set(sort, key);
  return key;
}

/** Whether all policies are known to permit a call with these inputs. */
export function isCallPermitted(target: Executable, inputs: readonly (Box | undefined)[]): boolean {
  return areAboutMarks && permitted.has(target, inputs);
}

/** The same of an operation that is no call. */
export function isPermitted(operation: Operation): boolean {
  const key = areAboutMarks ? keyOf(operation) : null;
  return key !== null && permitted.has(key, operation.inputs);
}

/**
 * Keeps that all policies permit an operation, if nothing else has a say about it.
 *
 * @param context what stands inside the operation: not open where a guard has lifted a refusal
 */
export function keepPermitted(context: Context, operation: Operation, inputs: readonly (Box | undefined)[]): void {
  if (!areAboutMarks || !context.isOpen || control.mark !== EMPTY || operation.captured?.length) return;
  const key = keyOf(operation);
  if (key) permitted.add(key, inputs);
}
