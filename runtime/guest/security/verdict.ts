/** What guards have answered about an operation, and what it amounts to (security.md 3.4, 3.5). */

import { EMPTY, join, makeMark } from '../../shared/marks.js';
import { joiner, originMark, PROPAGATION } from '../../shared/propagation.js';
import { Box, plain } from '../box.js';
import { note } from '../document.js';
import { toText } from '../values/display.js';
import { type EnvRequest, envRequest } from './env-action.js';
import { applyModifiers } from './labels.js';
import { ALLOW, type Guard, type GuardDecision } from './registry.js';
import { requireAuthor } from './settings.js';

/** Attempts of an operation a guard may ask for (security.md 3.5). */
export const MAX_ATTEMPTS = 3;

export interface Hint {
  guardName: string;
  hint: string;
  severity: string;
}

/** What became of an earlier attempt (`@mx.guard.tries`). */
export interface Try {
  attempt: number;
  decision: 'retry';
  hint: string;
}

export interface TraceEntry {
  guard: Guard;
  decision: 'allow' | 'deny' | 'retry' | 'env';
  reason: string | null;
  replacement: Box | null;
}

/** Which time guards are asked about an operation. */
export interface Round {
  readonly timing: 'before' | 'after';
  readonly attempt: number;
  /** The attempts before this one. */
  readonly tries: readonly Try[];
}

/** What a phase of guards came to. */
export interface Verdict {
  decision: 'allow' | 'deny' | 'retry';
  inputs: readonly (Box | undefined)[];
  output: Box | null;
  reasons: readonly string[];
  hints: readonly Hint[];
  trace: readonly TraceEntry[];
  /** The guard whose decision counts. */
  guard: Guard | null;
  /** The value it decided about, or null for the operation as a whole. */
  about: Box | null;
  /** A privileged guard said allow by an entry that matched; it lifts label-flow refusals of policies. */
  privilegedAllow: boolean;
  readonly round: Round;
  /** What the first `env` action asks for. */
  env: EnvRequest | null;
}

const NONE: readonly never[] = Object.freeze([]);

/** Before anything has been tried. */
export const FIRST: Round = Object.freeze({ timing: 'before', attempt: 1, tries: NONE });
/** After the first attempt. */
export const FIRST_AFTER: Round = Object.freeze({ timing: 'after', attempt: 1, tries: NONE });

/** @param output what the operation has answered, after it */
export function emptyVerdict(inputs: readonly (Box | undefined)[], round: Round, output: Box | null = null): Verdict {
  return {
    decision: 'allow',
    inputs,
    output,
    reasons: NONE,
    hints: NONE,
    trace: NONE,
    guard: null,
    about: null,
    privilegedAllow: false,
    round,
    env: null,
  };
}

/** Most lists of guards and of what they say are short and stay as they are, so they are shared until something is added. */
export function added<T>(list: readonly T[], item: T): readonly T[] {
  return list.length === 0 ? [item] : [...list, item];
}

/**
 * Notes a decision; answers the value that replaces the subject, if there is one.
 *
 * @param about the value the guard was asked about, or null for the operation as a whole
 */
export function record(
  guard: Guard,
  decision: GuardDecision,
  verdict: Verdict,
  subject: Box | null,
  about: Box | null,
): Box | null {
  if (decision === null) {
    trace(verdict, guard, 'allow', null, null);
    return null;
  }
  switch (decision.kind) {
    case 'deny':
      trace(verdict, guard, 'deny', decision.reason, null);
      verdict.reasons = added(verdict.reasons, decision.reason);
      if (verdict.decision !== 'deny') Object.assign(verdict, { guard, about });
      verdict.decision = 'deny';
      return null;
    case 'retry':
      trace(verdict, guard, 'retry', decision.hint, null);
      verdict.hints = added(verdict.hints, { guardName: guard.id, hint: decision.hint, severity: 'warning' });
      if (verdict.decision === 'allow') {
        verdict.decision = 'retry';
        Object.assign(verdict, { guard, about });
      }
      return null;
    case 'env':
      trace(verdict, guard, 'env', null, null);
      verdict.env ??= envRequest(decision);
      return null;
    default: {
      if (guard.privileged) verdict.privilegedAllow = true;
      const replacement = decision === ALLOW ? null : replaced(guard, decision, subject);
      trace(verdict, guard, 'allow', null, replacement);
      return replacement;
    }
  }
}

function trace(
  verdict: Verdict,
  guard: Guard,
  decision: TraceEntry['decision'],
  reason: string | null,
  replacement: Box | null,
): void {
  verdict.trace = added(verdict.trace, { guard, decision, reason, replacement });
}

const joinOriginal = joiner(PROPAGATION.guardTransform, 'original');
const joinReplacement = joiner(PROPAGATION.guardTransform, 'replacement');

/** `allow EXPR`, `allow with { … }` and label shorthand: the new value under the old mark. */
function replaced(
  guard: Guard,
  decision: Extract<GuardDecision, { kind: 'allow' | 'relabel' }>,
  subject: Box | null,
): Box | null {
  const name = guard.name ?? `${guard.filter.value}`;
  let value = decision.value;
  const modifiers = decision.kind === 'relabel' ? decision.modifiers : optionModifiers(decision.options, guard.site);
  if (decision.kind === 'allow') {
    const warning = decision.options.warning;
    if (warning) note(`[Guard Warning] ${toText(warning)}`, warning.deep, guard.site);
  }
  if (value === null && modifiers.length === 0) return null;
  value ??= subject;
  if (value === null) return null;
  const kept = joinReplacement(joinOriginal(EMPTY, subject?.deep ?? EMPTY), value.deep);
  const applied = decision.value === null ? kept.applied : [...kept.applied, guard.id];
  const source = decision.value === null ? kept : join(kept, originMark(PROPAGATION.guardTransform, name));
  const marked = makeMark({ ...source, applied });
  const mark =
    modifiers.length > 0 ? applyModifiers(marked, modifiers, guard.privileged, `Guard ${name}`, guard.site) : marked;
  return new Box(plain(value.value), mark, value.extra);
}

function optionModifiers(options: Record<string, Box | null>, site: number): { op: 'add' | 'remove'; label: string }[] {
  const list = (name: string): string[] => {
    requireAuthor(options[name], name, site);
    const value = options[name] ? plain(options[name].value) : null;
    return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
  };
  return [
    ...list('removeLabels').map((label) => ({ op: 'remove' as const, label })),
    ...list('addLabels').map((label) => ({ op: 'add' as const, label })),
  ];
}
