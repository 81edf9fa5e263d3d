/** Changing the labels of a value: what is asked for, who may ask, what comes out (security.md 2). */

import { labelsFirst, type Mark, makeMark } from '../marks.js';
import { RuleError } from './error.js';

export interface Modifier {
  op: 'add' | 'remove' | 'bless' | 'clear';
  /** The label to add or remove; `trusted` for `bless`, anything for `clear`. */
  label: string;
}

/** Who asks. An executable never has privilege, whatever `privileged` says. */
export type Requester = { kind: 'exe'; variable?: string } | { kind: 'guard'; name: string; variable?: string };

export interface Relabelling {
  mark: Mark;
  added: string[];
  removed: string[];
  /** True when `trusted` met `untrusted`: to be written to the audit log in every mode. */
  conflict: boolean;
  /** What to warn about on standard error. */
  warning: string | null;
}

export type TrustConflict = 'warn' | 'error' | 'silent';

/** Labels that only privilege removes: `secret`, `untrusted` and every `src:*`. */
export function isProtected(label: string): boolean {
  return label === 'secret' || label === 'untrusted' || label.startsWith('src:');
}

/**
 * The mark after the modifiers, applied from left to right.
 *
 * @throws RuleError PROTECTED_LABEL_REMOVAL, LABEL_PRIVILEGE_REQUIRED or TRUST_CONFLICT, as
 *   security.md 2.2 lists them
 */
export function applyModifiers(
  mark: Mark,
  modifiers: readonly Modifier[],
  privileged: boolean,
  who: Requester,
  trustConflict: TrustConflict = 'warn',
): Mark {
  return relabel(mark, modifiers, privileged, who, trustConflict).mark;
}

/** Like `applyModifiers`, and says what changed, for the audit log and for warnings. */
export function relabel(
  mark: Mark,
  modifiers: readonly Modifier[],
  privileged: boolean,
  who: Requester,
  trustConflict: TrustConflict = 'warn',
): Relabelling {
  const mayRemove = privileged && who.kind === 'guard';
  const state = { labels: [...mark.labels], taint: [...mark.taint] };
  let conflict = false;
  for (const modifier of modifiers) {
    if (!mayRemove) requirePrivilege(modifier, state.labels, who);
    if (modifier.op === 'add') conflict = add(state, modifier.label, who, trustConflict) || conflict;
    else if (modifier.op === 'remove') remove(state, modifier.label);
    else if (modifier.op === 'clear') clear(state);
    else {
      remove(state, 'untrusted');
      put(state, 'trusted');
    }
  }
  const variable = who.variable === undefined ? 'value' : `@${who.variable}`;
  return {
    mark: labelsFirst(makeMark({ ...mark, labels: state.labels, taint: state.taint })),
    added: state.labels.filter((label) => !mark.labels.includes(label)),
    removed: mark.taint.filter((label) => !state.taint.includes(label)),
    conflict,
    warning: conflict && trustConflict === 'warn' ? `Trust conflict on ${variable}: both trusted and untrusted` : null,
  };
}

interface Labels {
  labels: string[];
  taint: string[];
}

/** Adding is free; everything that takes a label away needs privilege, whether it is there or not. */
function requirePrivilege(modifier: Modifier, labels: readonly string[], who: Requester): void {
  if (modifier.op === 'add') return;
  const removed = modifier.op === 'bless' ? 'untrusted' : modifier.label;
  if (modifier.op === 'clear') refuseClear(labels, who);
  const operation = modifier.op === 'bless' ? 'trusted!' : `!${removed}`;
  const details = { operation, label: removed };
  if (isProtected(removed)) {
    const text =
      who.kind === 'guard'
        ? `Guard ${who.name} cannot remove protected label '${removed}'`
        : `Cannot remove protected label '${removed}' without privilege`;
    throw new RuleError('MlldSecurity', 'PROTECTED_LABEL_REMOVAL', text, details);
  }
  const text =
    who.kind === 'guard'
      ? `Guard ${who.name} cannot remove labels without privilege`
      : "Label modification 'remove' requires privilege";
  throw new RuleError('MlldSecurity', 'LABEL_PRIVILEGE_REQUIRED', text, details);
}

function refuseClear(labels: readonly string[], who: Requester): never {
  const details = { operation: 'clear!' };
  if (who.kind === 'guard') {
    throw new RuleError(
      'MlldSecurity',
      'LABEL_PRIVILEGE_REQUIRED',
      `Guard ${who.name} cannot clear labels without privilege`,
      details,
    );
  }
  const kept = labels.find((label) => isProtected(label) && !label.startsWith('src:'));
  const text = "Label modification 'clear' requires privilege";
  if (kept === undefined) throw new RuleError('MlldSecurity', 'LABEL_PRIVILEGE_REQUIRED', text, details);
  throw new RuleError(
    'MlldSecurity',
    'PROTECTED_LABEL_REMOVAL',
    `${text}: Cannot remove protected label '${kept}' without privilege`,
    {
      ...details,
      label: kept,
    },
  );
}

/** `untrusted` replaces `trusted`; `trusted` never replaces `untrusted` (security.md 2.3). */
function add(state: Labels, label: string, who: Requester, mode: TrustConflict): boolean {
  if (label === 'untrusted') remove(state, 'trusted');
  const conflict = label === 'trusted' && state.taint.includes('untrusted');
  if (conflict && mode === 'error') {
    const variable = who.variable === undefined ? 'value' : `@${who.variable}`;
    throw new RuleError(
      'MlldSecurity',
      'TRUST_CONFLICT',
      `Trust conflict: Cannot add 'trusted' to already untrusted ${variable}`,
    );
  }
  put(state, label);
  return conflict;
}

function put(state: Labels, label: string): void {
  if (!state.labels.includes(label)) state.labels.push(label);
  if (!state.taint.includes(label)) state.taint.push(label);
}

function remove(state: Labels, label: string): void {
  state.labels = state.labels.filter((each) => each !== label);
  state.taint = state.taint.filter((each) => each !== label);
}

/** Everything but where the value came from. */
function clear(state: Labels): void {
  state.labels = state.labels.filter((label) => label.startsWith('src:'));
  state.taint = state.taint.filter((label) => label.startsWith('src:'));
}
