/** `policy.authorizations`: which writing tools may be called, with which arguments (security.md 5.8). */

import { own } from '../record.js';
import { leaves } from './compose.js';
import { nearestName } from './suggest.js';
import type { ArgumentConstraint, Authorization, Denied, Policy } from './types.js';

/** A call of a tool, as the authorization sees it. */
export interface AuthorizedCall {
  tool: string;
  /** Executable and operation labels. */
  labels: readonly string[];
  /** Argument values by parameter name. */
  args: Record<string, unknown>;
  /** The parameters that decide what the call does, from the active tool collection. */
  controlArgs: readonly string[];
}

/** The tolerant comparison `~=` of the language: actual value, allowed value. */
export type Tolerant = (actual: unknown, allowed: unknown) => boolean;

export interface AuthorizationDecision {
  denied: Denied | null;
  /** An entry of every policy with authorizations covers the call, one of the author's among them: unlocked flow denials are lifted. */
  authorized: boolean;
  /** What says that the entries that cover the call come from data; null where the author's do, or none. */
  dataLabels: readonly string[] | null;
}

/** A tool as the scope knows it; `controlArgs` is null where no trusted metadata says. */
export interface ToolFacts {
  params: readonly string[];
  controlArgs: readonly string[] | null;
}

const FREE: AuthorizationDecision = Object.freeze({ denied: null, authorized: false, dataLabels: null });

/**
 * Decides a call under all policies that list authorizations; each of them has to cover it.
 * A comparison that throws is a mismatch.
 */
export function decideAuthorization(
  policies: readonly Policy[],
  call: AuthorizedCall,
  tolerant: Tolerant,
): AuthorizationDecision {
  if (!isWriting(call.labels)) return FREE;
  let authorized = false;
  let dataLabels: readonly string[] | null = null;
  for (const policy of leaves(policies)) {
    const entries = policy.authorizations;
    if (!entries || Object.keys(entries).length === 0) continue;
    const entry = own(entries, call.tool);
    if (entry === undefined) return refuse(policy, 'unlisted', 'operation not authorized by policy.authorizations');
    if (!isCovered(entry, call, tolerant))
      return refuse(policy, 'args', 'operation arguments did not match policy.authorizations');
    if (policy.dataLabels) dataLabels = policy.dataLabels;
    else authorized = true;
  }
  return { denied: null, authorized, dataLabels: authorized ? null : dataLabels };
}

/** Whether authorizations concern what carries these labels. */
export function isWriting(labels: readonly string[]): boolean {
  return labels.some((label) => label === 'tool:w' || label.startsWith('tool:w:'));
}

/**
 * What is wrong with a policy's authorizations in a scope of tools; calls are refused while there
 * is anything.
 *
 * @param tools the tools of the scope, or null when no trusted tool context is known
 */
export function authorizationProblems(policy: Policy, tools: Record<string, ToolFacts> | null): string[] {
  return leaves([policy]).flatMap((part) => {
    const entries = part.authorizations;
    if (!entries || Object.keys(entries).length === 0) return [];
    if (!tools) return ['policy.authorizations requires trusted tool context for validation'];
    return Object.keys(entries).flatMap((tool) => entryProblems(tool, entries[tool]!, tools));
  });
}

function entryProblems(tool: string, entry: Authorization, tools: Record<string, ToolFacts>): string[] {
  const facts = own(tools, tool);
  if (!facts) {
    const suggestion = nearestName(tool, Object.keys(tools));
    return [
      `Unknown tool '${tool}' in policy.authorizations${suggestion === undefined ? '' : `. Did you mean '${suggestion}'?`}`,
    ];
  }
  if (!facts.controlArgs) return [`Tool '${tool}' is missing trusted controlArgs metadata for policy.authorizations`];
  if (entry === true) {
    if (facts.controlArgs.length === 0) return [];
    return [
      `Tool '${tool}' cannot use true in policy.authorizations because it has control args: ${facts.controlArgs.join(', ')}`,
    ];
  }
  const named = Object.keys(entry.args);
  const unknown = named.filter((name) => !facts.params.includes(name));
  const missing = facts.controlArgs.filter((name) => !named.includes(name));
  return [
    ...unknown.map((name) => `Unknown arg '${name}' for tool '${tool}' in policy.authorizations`),
    ...missing.map((name) => `Tool '${tool}' must constrain control arg '${name}' in policy.authorizations`),
  ];
}

function isCovered(entry: Authorization, call: AuthorizedCall, tolerant: Tolerant): boolean {
  const constraints: Record<string, ArgumentConstraint> = entry === true ? {} : entry.args;
  if (entry === true && call.controlArgs.length > 0) return false;
  const mentioned = Object.keys(constraints);
  const free = call.controlArgs.filter((name) => !mentioned.includes(name));
  if (!free.every((name) => isEmpty(own(call.args, name)))) return false;
  return mentioned.every((name) => satisfies(own(call.args, name), constraints[name]!, tolerant));
}

function satisfies(actual: unknown, constraint: ArgumentConstraint, tolerant: Tolerant): boolean {
  try {
    return 'eq' in constraint
      ? tolerant(actual, constraint.eq)
      : constraint.oneOf.some((allowed) => tolerant(actual, allowed));
  } catch {
    return false;
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function refuse(policy: Policy, rule: 'unlisted' | 'args', reason: string): AuthorizationDecision {
  const denied: Denied = {
    allow: false,
    code: 'POLICY_CAPABILITY_DENIED',
    kind: 'authorization',
    reason,
    policy: policy.name,
    rule: `policy.authorizations.${rule}`,
    suggestions: [],
    locked: true,
  };
  return { denied, authorized: false, dataLabels: null };
}
