import { expect } from 'vitest';
import { type CapabilityRequest, decideCapability } from '../../../runtime/shared/policy/capabilities.js';
import { parsePolicy, problemText } from '../../../runtime/shared/policy/schema.js';
import type { Policy } from '../../../runtime/shared/policy/types.js';

export const PLACES = { root: '/project', home: '/home/me' };

/** The policy of some data, which has to be right. */
export function policy(data: unknown, name = 'p'): Policy {
  const result = parsePolicy(data, name);
  if ('errors' in result) throw new Error(result.errors.map(problemText).join('\n'));
  return result.policy;
}

/** The problems of some data, each as its text. */
export function problems(data: unknown): string[] {
  const result = parsePolicy(data, 'p');
  expect('errors' in result).toBe(true);
  return 'errors' in result ? result.errors.map(problemText) : [];
}

/** `ok`, or the reason of the refusal. */
export function decide(policies: readonly Policy[] | Policy, request: CapabilityRequest): string {
  const decision = decideCapability(Array.isArray(policies) ? policies : [policies as Policy], request, {
    places: PLACES,
  });
  return decision.allow ? 'ok' : decision.reason;
}

export const command = (data: unknown, text: string): string => decide(policy(data), { kind: 'command', text });
export const shell = (data: unknown, text: string): string => decide(policy(data), { kind: 'shell', text });

/** The reason of a refused command. */
export const denied = (name: string): string => `Command '${name}' denied by policy`;
