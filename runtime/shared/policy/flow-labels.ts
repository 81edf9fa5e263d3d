/** `policy.labels` (security.md 5.4). */

import type { Mark } from '../marks.js';
import { decisionLabels, isBelow, isUnlabeledUnder, labelMatches, mayBeBelow, unlabeledDefault } from './labels.js';
import type { Denied, Policy } from './types.js';

/** The labels of an operation with the risks of all policies, and with those of one policy alone. */
export interface OperationLabels {
  all: readonly string[];
  own: readonly string[];
  firstArgument?: Mark | null;
}

/** The refusals of one policy's label rules, over all inputs. */
export function labelRuleDenials(
  policy: Policy,
  policies: readonly Policy[],
  inputs: readonly Mark[],
  operation: OperationLabels,
): Denied[] {
  const denials: Denied[] = [];
  const ruled = Object.keys(policy.labels);
  for (const mark of inputs) {
    if (mark.taint.length === 0) continue;
    const labels = decisionLabels(policies, mark);
    const strict = isUnlabeledUnder(policies, mark) && unlabeledDefault(policies) === 'untrusted';
    for (const label of ruled) {
      if (!labels.some((each) => labelMatches(label, each))) continue;
      const denied = deniedBy(policy, label, operation);
      if (denied !== null) {
        denials.push(
          denial(policy, label, 'deny', `Label '${label}' cannot flow to '${denied}'`, labels, operation.all),
        );
      } else if (
        strict &&
        mark.taint.some((each) => labelMatches(label, each)) &&
        !isListed(policy, label, operation)
      ) {
        denials.push(
          denial(
            policy,
            label,
            'allow',
            `Label '${label}' is not explicitly allowed for this operation`,
            labels,
            operation.all,
          ),
        );
      }
    }
  }
  return denials;
}

/** The deny entry that applies: the most specific one, unless an allow entry is more specific still. */
function deniedBy(policy: Policy, label: string, operation: OperationLabels): string | null {
  const rule = policy.labels[label]!;
  const denied = mostSpecific(rule.deny ?? [], operation.all, mayBeBelow);
  if (!denied) return null;
  // A grant has to name what certainly happens: a label that stands for any command is not enough.
  const allowed = mostSpecific(rule.allow ?? [], operation.own, isBelow);
  return allowed && allowed.segments > denied.segments ? null : denied.entry;
}

/** True when the label has no allow list, or one that names the operation. */
function isListed(policy: Policy, label: string, operation: OperationLabels): boolean {
  const list = policy.labels[label]!.allow;
  return list === null || list.some((entry) => operation.own.some((each) => isBelow(each, entry)));
}

function mostSpecific(
  entries: readonly string[],
  labels: readonly string[],
  matches: (label: string, entry: string) => boolean,
): { entry: string; segments: number } | null {
  let best: { entry: string; segments: number } | null = null;
  for (const entry of entries) {
    const segments = entry === '*' ? 0 : entry.split(':').length;
    if ((!best || segments > best.segments) && labels.some((label) => matches(label, entry)))
      best = { entry, segments };
  }
  return best;
}

function denial(
  policy: Policy,
  label: string,
  list: 'deny' | 'allow',
  reason: string,
  inputs: readonly string[],
  operation: readonly string[],
): Denied {
  return {
    allow: false,
    code: 'POLICY_LABEL_FLOW_DENIED',
    kind: 'flow',
    reason,
    policy: policy.name,
    rule: `policy.labels.${label}.${list}`,
    label,
    inputLabels: inputs,
    operationLabels: operation,
    suggestions: [`Review policy.labels['${label}'] in policy '${policy.name}'`],
    locked: policy.locked,
  };
}
