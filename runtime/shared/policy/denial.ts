import type { Denied, Policy } from './types.js';

const REVIEW = 'Review active policies with @mx.policy.activePolicies';

/**
 * A refused capability. `policy` is null only where something fails closed without any policy.
 *
 * @param rule the rule's name, as security.md 5.5 lists them
 */
export function capabilityDenial(
  policy: Policy | null,
  rule: string,
  reason: string,
  suggestions: readonly string[] = [],
): Denied {
  return {
    allow: false,
    code: 'POLICY_CAPABILITY_DENIED',
    kind: 'capability',
    reason,
    policy: policy?.name ?? '',
    rule,
    suggestions: [...suggestions, REVIEW],
    locked: true,
  };
}

/** The refusal of a command in a shell block, without the words of that command. */
export function unquoted(denied: Denied): Denied {
  return { ...denied, reason: denied.reason.replace(/ \(matched: [\s\S]*\)$/, '') };
}
