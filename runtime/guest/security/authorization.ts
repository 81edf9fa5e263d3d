/** `policy.authorizations` for calls of writing tools (security.md 5.8). */

import {
  type AuthorizationDecision,
  authorizationProblems,
  decideAuthorization,
  isWriting,
  type ToolFacts,
} from '../../shared/policy/authorizations.js';
import type { Denied, Policy } from '../../shared/policy/types.js';
import { type Box, box, plain } from '../box.js';
import type { Context } from '../context.js';
import type { Executable } from '../executable.js';
import type { Tool } from '../tools.js';
import { tolerantEqual } from '../values/compare.js';

/**
 * Whether policies authorize a call: a refusal, or whether every policy that lists authorizations
 * covers it, which lifts flow denials that are not locked.
 *
 * @param labels of the executable and of the scope's entry for it
 */
export function authorize(
  policies: readonly Policy[],
  context: Context,
  target: Executable,
  labels: readonly string[],
  inputs: readonly (Box | undefined)[],
): AuthorizationDecision {
  const terms = context.scope?.terms;
  const entry = terms?.get(target);
  const args: Record<string, unknown> = {};
  target.params.forEach((param, i) => {
    const input = inputs[i];
    if (input !== undefined) args[param] = plain(input.value);
  });
  if (terms?.size && isWriting(labels)) {
    const problem = problemIn(policies, terms);
    if (problem) return { denied: problem, authorized: false, dataLabels: null };
  }
  const call = { tool: entry?.name ?? target.name, labels, args, controlArgs: entry?.controlArgs ?? [] };
  return decideAuthorization(policies, call, (actual, allowed) => tolerantEqual(box(actual), box(allowed)));
}

/** The first authorization that does not fit the tools of the scope: it is told before anything else about the call. */
function problemIn(policies: readonly Policy[], terms: ReadonlyMap<Executable, Tool>): Denied | null {
  const tools: Record<string, ToolFacts> = {};
  for (const [executable, tool] of terms)
    tools[tool.name] = { params: executable.params, controlArgs: tool.controlArgs };
  for (const policy of policies) {
    const [problem] = authorizationProblems(policy, tools);
    if (problem !== undefined) return invalid(policy, problem);
  }
  return null;
}

/** Authorizations that do not fit the tools there are authorize nothing. */
function invalid(policy: Policy, reason: string): Denied {
  return {
    allow: false,
    code: 'POLICY_CAPABILITY_DENIED',
    kind: 'authorization',
    reason,
    policy: policy.name,
    rule: 'policy.authorizations',
    suggestions: [],
    locked: true,
  };
}
