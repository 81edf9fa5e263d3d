/**
 * What `authorizations` of policies say of a call (security.md 5.8): it is refused, or what other
 * rules refuse of it may be lifted. Arguments only a run knows match whatever they are compared with.
 */

import {
  authorizationProblems,
  decideAuthorization,
  isWriting,
} from '../../../runtime/shared/policy/authorizations.js';
import { leaves } from '../../../runtime/shared/policy/compose.js';
import { emptyPolicy } from '../../../runtime/shared/policy/schema.js';
import type { Denied, Policy } from '../../../runtime/shared/policy/types.js';
import type { ToolTerms } from './boxes.js';
import type { Frame } from './frame.js';
import type { Exe, Value } from './values.js';

/** Stands where a policy holds that only a run knows: it refuses nothing here, and may authorize calls. */
export const UNKNOWN_POLICY: Policy = emptyPolicy('?');

/** A call as authorizations see it; no executable for tools of servers. */
export interface Call {
  name: string;
  exe: Exe | null;
  args: readonly Value[];
  /** Of the executable, and of the collection of the box. */
  labels: readonly string[];
}

export interface Authorization {
  denied: Denied | null;
  /** Refusals of flows that are not locked may be lifted. */
  mayLift: boolean;
}

const NONE: Authorization = { denied: null, mayLift: false };

export function authorizationOf(call: Call | undefined, policies: readonly Policy[], frame: Frame): Authorization {
  if (!call) return NONE;
  const mayAuthorize = frame.all.watchers.authorize || policies.includes(UNKNOWN_POLICY);
  const terms = frame.box?.terms;
  // Collections nobody knows may say that anything writes, under any name.
  if (terms === null) return { denied: null, mayLift: mayAuthorize || policies.some(authorizes) };
  if (!isWriting(call.labels)) return NONE;
  const entry = call.exe ? terms?.get(call.exe) : undefined;
  const problem = terms && terms.size > 0 ? problemIn(policies, [...terms.values()]) : null;
  if (problem) return { denied: problem, mayLift: false };
  const given = call.exe ? argumentsOf(call, frame) : {};
  const { denied, authorized } = decideAuthorization(
    policies,
    { tool: entry?.name ?? call.name, labels: call.labels, args: given, controlArgs: entry?.controlArgs ?? [] },
    mayMatch,
  );
  return { denied, mayLift: authorized || mayAuthorize };
}

function authorizes(policy: Policy): boolean {
  return leaves([policy]).some(({ authorizations }) => Object.keys(authorizations ?? {}).length > 0);
}

function problemIn(policies: readonly Policy[], tools: readonly ToolTerms[]): Denied | null {
  const facts = Object.fromEntries(tools.map((tool) => [tool.name, tool]));
  for (const policy of policies) {
    const [reason] = authorizationProblems(policy, facts);
    if (reason === undefined) continue;
    const rule = 'policy.authorizations';
    const { name } = policy;
    const denied: Omit<Denied, 'reason'> = {
      allow: false,
      code: 'POLICY_CAPABILITY_DENIED',
      kind: 'authorization',
      policy: name,
      rule,
      suggestions: [],
      locked: true,
    };
    return { ...denied, reason };
  }
  return null;
}

/** Arguments by parameter, where a run certainly gives these. */
function argumentsOf({ exe, args }: Call, { all }: Frame): Record<string, unknown> {
  if (all.watchers.any) return {};
  const params = exe?.node.params ?? [];
  return Object.fromEntries(params.map(({ name }, i) => [name, args[i]?.data]));
}

/** Whether the tolerant comparison of the language may hold; texts and numbers that differ do not. */
function mayMatch(actual: unknown, allowed: unknown): boolean {
  if (!isWritten(actual) || !isWritten(allowed)) return true;
  return String(actual) === String(allowed) || Number(actual) === Number(allowed);
}

function isWritten(value: unknown): value is string | number | boolean {
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value !== '');
}
