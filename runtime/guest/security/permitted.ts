/**
 * Calls that policies are known to permit. What policies say of a call depends on its executable and
 * the marks of its inputs, unless they list authorizations, which are about values, or label what has
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
import { AllowedCalls } from './decisions.js';

const permitted = new AllowedCalls();
let areAboutMarks = true;

/** Forgets what the policies before have permitted. */
export function policiesChanged(policies: readonly Policy[]): void {
  permitted.forget();
  areAboutMarks = unlabeledDefault(policies) === null && leaves(policies).every((policy) => !policy.authorizations);
}

export function isKnownPermitted(target: Executable, inputs: readonly (Box | undefined)[]): boolean {
  return areAboutMarks && permitted.has(target, inputs);
}

/**
 * Keeps that all policies permit an operation, if it is a call about which nothing else has a say.
 *
 * @param context what stands inside the call: not open where a guard has lifted a refusal
 */
export function keepPermitted(context: Context, operation: Operation, inputs: readonly (Box | undefined)[]): void {
  const { kind, executable, labels, captured, covered, around, command, target } = operation;
  if (!areAboutMarks || !executable || kind === 'run' || hasLabel(executable.labels, 'llm')) return;
  if (covered || around || command !== undefined || target !== undefined || labels?.length || captured?.length) return;
  if (context.isOpen && control.mark === EMPTY) permitted.add(executable, inputs);
}
