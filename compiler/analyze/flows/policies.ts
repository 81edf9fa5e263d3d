/** Policies that are written out: from their directive on they hold. */

import type { PolicyStatement } from '../../../grammar/ast.js';
import { union } from '../../../runtime/shared/policy/compose.js';
import { parsePolicy } from '../../../runtime/shared/policy/schema.js';
import type { Policy } from '../../../runtime/shared/policy/types.js';
import { isRecord } from '../../../runtime/shared/record.js';
import { type Frame, knownData } from './frame.js';

/** A policy nobody can know before a run decides nothing here. */
export function activate(node: PolicyStatement, frame: Frame): void {
  const name = node.name?.name ?? 'policy';
  const { value } = node;
  if (value.type === 'PolicyUnion') {
    const parts = value.refs.map((ref) => policyOf(knownData(frame, ref), ref.name));
    const known = parts.filter((part) => part !== null);
    if (known.length !== parts.length || known.length === 0) return;
    hold(frame, known.length === 1 ? { ...known[0]!, name } : union(known, name));
    return;
  }
  const policy = policyOf(knownData(frame, value), name);
  if (policy) hold(frame, policy);
}

/** What is imported as a policy, and is none yet by a directive of its module. */
export function adopt(data: unknown, name: string, frame: Frame): void {
  const policy = policyOf(data, name);
  if (policy && !frame.all.policies.some((each) => each.name === name)) hold(frame, policy);
}

function hold(frame: Frame, policy: Policy): void {
  if (frame.certain) frame.all.policies.push(policy);
}

function policyOf(data: unknown, name: string): Policy | null {
  if (!isRecord(data)) return null;
  const result = parsePolicy(isRecord(data.config) ? data.config : data, name);
  return 'policy' in result ? result.policy : null;
}
