/** The built-in rules of `defaults.rules` (security.md 5.3). */

import type { Mark } from '../marks.js';
import type { OperationLabels } from './flow-labels.js';
import { decisionLabels, hasLabel, mayBeBelow } from './labels.js';
import type { BuiltinRule, Denied, Policy } from './types.js';

interface FlowRule {
  kind: 'flow';
  data: string;
  operation: string;
  /** Continues the reason. */
  advice?: string;
}

interface FirstArgumentRule {
  kind: 'argument';
  operation: string;
  required: string;
  role: 'destination' | 'target';
}

const RULES: Readonly<Partial<Record<BuiltinRule, FlowRule | FirstArgumentRule>>> = {
  'no-secret-exfil': { kind: 'flow', data: 'secret', operation: 'exfil' },
  'no-sensitive-exfil': { kind: 'flow', data: 'sensitive', operation: 'exfil' },
  'no-untrusted-destructive': { kind: 'flow', data: 'untrusted', operation: 'destructive' },
  'no-untrusted-privileged': { kind: 'flow', data: 'untrusted', operation: 'privileged' },
  'no-influenced-advice': {
    kind: 'flow',
    data: 'influenced',
    operation: 'advice',
    advice: ' — use structured extraction to debias evaluative output',
  },
  'no-send-to-unknown': { kind: 'argument', operation: 'exfil:send', required: 'known', role: 'destination' },
  'no-send-to-external': { kind: 'argument', operation: 'exfil:send', required: 'known:internal', role: 'destination' },
  'no-destroy-unknown': { kind: 'argument', operation: 'destructive:targeted', required: 'known', role: 'target' },
};

/** The refusals of the built-in rules that one policy asks for. */
export function builtinDenials(
  policy: Policy,
  policies: readonly Policy[],
  inputs: readonly Mark[],
  operation: OperationLabels,
): Denied[] {
  const denials: Denied[] = [];
  for (const name of policy.defaults.rules) {
    const rule = RULES[name];
    if (!rule || !operation.all.some((label) => mayBeBelow(label, rule.operation))) continue;
    if (rule.kind === 'argument') {
      const argument = operation.firstArgument ?? null;
      if (argument !== null && hasLabel(argument.taint, rule.required)) continue;
      denials.push(
        denial(
          policy,
          name,
          `Rule '${name}': ${rule.operation} ${rule.role} must carry '${rule.required}'`,
          operation,
          argument?.taint ?? [],
        ),
      );
    } else {
      const refused = inputs
        .map((mark) => decisionLabels(policies, mark))
        .find((labels) => hasLabel(labels, rule.data));
      if (!refused) continue;
      const reason = `Rule '${name}': label '${rule.data}' cannot flow to '${rule.operation}'${rule.advice ?? ''}`;
      denials.push({ ...denial(policy, name, reason, operation, refused), label: rule.data });
    }
  }
  return denials;
}

function denial(
  policy: Policy,
  rule: string,
  reason: string,
  operation: OperationLabels,
  labels: readonly string[],
): Denied {
  return {
    allow: false,
    code: 'POLICY_CAPABILITY_DENIED',
    kind: 'flow',
    reason,
    policy: policy.name,
    rule,
    inputLabels: labels,
    operationLabels: operation.all,
    suggestions: [`Review active policies with @mx.policy.activePolicies`],
    locked: policy.locked,
  };
}
