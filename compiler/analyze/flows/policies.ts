/** Policies that are written out: from their directive on they hold, or for what their clause stands behind. */

import type { PolicyStatement, Span, WithClause } from '../../../grammar/ast.js';
import { union } from '../../../runtime/shared/policy/compose.js';
import { parsePolicy, problemText } from '../../../runtime/shared/policy/schema.js';
import type { Policy } from '../../../runtime/shared/policy/types.js';
import { isRecord } from '../../../runtime/shared/record.js';
import { UNKNOWN_POLICY } from './authorizations.js';
import { dataOf } from './data.js';
import { evaluate } from './follow.js';
import { type Frame, knownData } from './frame.js';

/** A policy nobody can know before a run decides nothing here; one that is none is told of. */
export function activate(node: PolicyStatement, frame: Frame): void {
  const name = node.name?.name ?? 'policy';
  const { value } = node;
  const problem = (text: string): void => {
    if (frame.certain)
      frame.all.session.error('MlldInterpreter', 'policy_invalid', { problem: text }, frame.unit.file, value.loc);
  };
  if (value.type === 'PolicyUnion') {
    const parts = value.refs.map((ref) => policyOf(knownData(frame, ref), ref.name, problem));
    const known = parts.filter((part) => part !== null);
    const isKnown = known.length === parts.length && known.length > 0;
    const policy = known.length === 1 ? { ...known[0]!, name } : union(known, name);
    hold(frame, isKnown ? policy : UNKNOWN_POLICY, node.loc);
    return;
  }
  const policy = policyOf(knownData(frame, value), name, problem);
  hold(frame, policy ?? UNKNOWN_POLICY, node.loc);
}

/** What is imported as a policy, and is none yet by a directive of its module. */
export function adopt(data: unknown, name: string, frame: Frame, span: Span): void {
  if (frame.all.policies.some((each) => each.name === name)) return;
  hold(frame, policyOf(data, name) ?? UNKNOWN_POLICY, span);
}

/** The frame of what a `with` clause stands behind: its policy holds there. */
export function underClause(clause: WithClause | null, frame: Frame): Frame {
  const policy = clausePolicy(clause, frame);
  return policy ? { ...frame, fragments: [...frame.fragments, policy] } : frame;
}

/** `with { policy: … }` (security.md 5.1). */
export function clausePolicy(clause: WithClause | null, frame: Frame): Policy | null {
  const entry = clause?.entries.find(({ key }) => key === 'policy');
  if (!entry) return null;
  if (entry.value.type === 'StageList') return UNKNOWN_POLICY;
  const policy = policyOf(dataOf(evaluate(entry.value, { ...frame, tells: false })), 'with');
  if (policy) frame.all.places.set(policy, { file: frame.unit.file, span: clause!.loc });
  return policy ?? UNKNOWN_POLICY;
}

function hold(frame: Frame, policy: Policy, span: Span): void {
  frame.all.places.set(policy, { file: frame.unit.file, span });
  frame.all.policies.push(frame.certain ? policy : UNKNOWN_POLICY);
}

function policyOf(data: unknown, name: string, problem: (text: string) => void = () => {}): Policy | null {
  if (!isRecord(data)) return null;
  const result = parsePolicy(isRecord(data.config) ? data.config : data, name);
  if ('policy' in result) return result.policy;
  problem(result.errors.map(problemText).join('\n'));
  return null;
}
