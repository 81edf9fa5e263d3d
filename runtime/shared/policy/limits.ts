/** `policy.limits` (security.md 5.2): the strictest policy decides, and is named in the refusal. */

import { leaves } from './compose.js';
import { capabilityDenial } from './denial.js';
import type { Denied, Policy } from './types.js';

/** What commands and code may take of the machine, each with everything it starts. */
export const RESOURCES = ['memoryBytes', 'processes', 'fileBytes', 'openFiles'] as const;

/**
 * `timeout`: milliseconds an operation outside of the program may take. `maxTokens`: what a call of
 * an executable labelled `llm` may be given and answer, together.
 */
export const LIMITS = ['maxTokens', 'timeout', ...RESOURCES] as const;

export type LimitName = (typeof LIMITS)[number];

export interface PolicyLimit {
  readonly name: LimitName;
  readonly value: number;
  readonly policy: Policy;
}

/** The limit that holds under these policies; null when none has it. */
export function strictestLimit(policies: readonly Policy[], name: LimitName): PolicyLimit | null {
  let strictest: PolicyLimit | null = null;
  for (const policy of leaves(policies)) {
    const value = policy.limits[name];
    if (value !== undefined && (strictest === null || value < strictest.value)) strictest = { name, value, policy };
  }
  return strictest;
}

/** @param reason what reached the limit */
export function limitDenial({ name, policy }: PolicyLimit, reason: string): Denied {
  return { ...capabilityDenial(policy, `limits.${name}`, reason), code: 'POLICY_LIMIT_EXCEEDED' };
}

/** How many tokens a text is, as `.mx.tokens` estimates it. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/**
 * The refusal of a call that is given, or given and answers, more than a policy permits.
 * @param isSecret how much it is says something about a secret, and is not told
 */
export function tokenDenial(
  policies: readonly Policy[],
  given: number,
  answered: number | null,
  isSecret: boolean,
): Denied | null {
  const limit = strictestLimit(policies, 'maxTokens');
  if (limit === null || given + (answered ?? 0) <= limit.value) return null;
  const what = answered === null ? 'The call was given' : 'The call was given and answered';
  const count = isSecret ? '' : `about ${given + (answered ?? 0)} tokens, `;
  return limitDenial(limit, `${what} ${count}more than limits.maxTokens (${limit.value})`);
}
