/**
 * Operations under what control depends on, in strict flow (security.md 1.6 item 3): they carry it
 * like an input, and where policies forbid it every alternative ends in the same refusal.
 */

import { EMPTY } from '../../shared/marks.js';
import { decideFlow, type OperationFacts } from '../../shared/policy/flow.js';
import type { Policy } from '../../shared/policy/types.js';
import { type Box, box, marked } from '../box.js';
import { control, type Influence } from '../control.js';
import { MlldError } from '../errors.js';
import type { Operation } from '../operate.js';
import { refusePolicy } from './denials.js';
import { guards } from './registry.js';

/** The operation as guards, policies and the host see it: whatever goes in tells which way control went. */
export function underControl(operation: Operation): Operation {
  const { mark } = control;
  if (mark === EMPTY) return operation;
  const { parts: _judgedAsOne, ...rest } = operation;
  const inputs = operation.inputs.map((input) => input && marked(input, mark));
  if (inputs.some((input) => input !== undefined)) return { ...rest, inputs };
  return { ...rest, captured: [...(operation.captured ?? []), box('', mark)] };
}

/**
 * Refuses an operation that policies forbid under what control depends on. The refusal says where
 * control came to depend on it and nothing of the operation, which another alternative may not have
 * reached.
 *
 * @param lifted a privileged guard has said that it may happen
 */
export function checkControl(
  policies: readonly Policy[],
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  facts: OperationFacts,
  lifted: boolean,
): void {
  const forbidden = firstForbidden(policies, facts, lifted);
  if (!forbidden) return;
  const { label, policy, site } = forbidden;
  refusePolicy({ ...operation, site }, inputs, text(label, policy), CODE, reason(label), true, {
    rule: RULE,
    policy,
    label,
  });
}

/** Refuses a choice one alternative of which does what policies forbid under what decides it. */
export function checkAlternatives(policies: readonly Policy[], operations: readonly string[]): void {
  // A privileged guard may lift the refusal; it is asked when the operation is there.
  if (guards.some((guard) => guard.privileged)) return;
  const error = refusal(policies, operations);
  if (error) throw error;
}

/**
 * The refusal that takes the place of the run's end, where policies forbid that it tells which way
 * control went; null where it may.
 *
 * @param operations what the end shows: `op:exit`, and what is printed with it
 */
export function refusal(policies: readonly Policy[], operations: readonly string[]): MlldError | null {
  const forbidden = firstForbidden(
    policies,
    {
      labels: operations.filter((label) => !label.startsWith('op:')),
      opLabels: operations.filter((label) => label.startsWith('op:')),
    },
    false,
  );
  if (!forbidden) return null;
  const { label, policy, site } = forbidden;
  return new MlldError('MlldSecurity', CODE, text(label, policy), {
    site,
    reason: reason(label),
    details: { rule: RULE, policy, label },
  });
}

const CODE = 'POLICY_LABEL_FLOW_DENIED';
const RULE = 'policy.defaults.flow';

interface Forbidden {
  label: string;
  policy: string;
  site: number;
}

/** The earliest influence the policies forbid the operation under. Rules that ask for a label are not about flows. */
function firstForbidden(policies: readonly Policy[], facts: OperationFacts, lifted: boolean): Forbidden | null {
  const { firstArgument: _asked, ...flow } = facts;
  for (const { mark, site } of control.influences satisfies readonly Influence[]) {
    const denial = decideFlow(policies, [mark], flow).find(
      ({ label, locked }) => label !== undefined && (locked || !lifted),
    );
    if (denial) {
      const strict = policies.find((policy) => policy.defaults.flow === 'strict');
      return { label: denial.label!, policy: (strict ?? policies[0]!).name, site };
    }
  }
  return null;
}

function reason(label: string): string {
  return `What happens from here on depends on label '${label}' and would show it: denied by policy`;
}

function text(label: string, policy: string): string {
  return [
    'Operation denied',
    '',
    `  Blocked by: Policy ${policy}`,
    `  Rule: ${RULE}`,
    '',
    `  Reason: ${reason(label)}`,
    '',
    '  Suggestions:',
    '  - Choose a value under the condition and use it after it, or put the condition after the last effect',
  ].join('\n');
}
