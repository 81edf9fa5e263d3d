/** Reading the labels of data and operations under a set of policies (security.md 5.2 to 5.4). */

import type { Mark } from '../marks.js';
import { distinct, own } from '../record.js';
import type { Policy } from './types.js';

/** In rules, filters and tests `src:exec` stands for any of these (seed.md 5.7). */
export const EXEC_ALIAS: readonly string[] = ['src:cmd', 'src:sh', 'src:js', 'src:node', 'src:py'];

/** True when a mark's label is the one asked for, or one that it is an alias of. */
export function labelMatches(asked: string, label: string): boolean {
  return asked === label || (asked === 'src:exec' && EXEC_ALIAS.includes(label));
}

/** The same of a list of labels. */
export function includesLabel(labels: readonly string[], asked: string): boolean {
  return labels.includes(asked) || (asked === 'src:exec' && EXEC_ALIAS.some((label) => labels.includes(label)));
}

/** Provenance is no opinion about the data: it does not count as a label somebody gave. */
export function isSystemMark(label: string): boolean {
  return label.startsWith('src:') || label.startsWith('dir:');
}

/** `label` is `wanted` or stands below it: `exfil:send` below `exfil`. */
export function hasLabel(labels: readonly string[], wanted: string): boolean {
  return labels.some((label) => label === wanted || label.startsWith(`${wanted}:`));
}

/** What values without a label of their own count as; `untrusted` from one policy is enough. */
export function unlabeledDefault(policies: readonly Policy[]): 'trusted' | 'untrusted' | null {
  const values = policies.map((policy) => policy.defaults.unlabeled);
  return values.includes('untrusted') ? 'untrusted' : (values.find((value) => value !== null) ?? null);
}

/**
 * True when `defaults.unlabeled` speaks about the value: it has an origin and nobody labelled it.
 * @param defaults labels it may have been given for that very reason
 */
export function isUnlabeled(mark: Mark, defaults: readonly string[] = []): boolean {
  return mark.taint.some(isSystemMark) && mark.taint.every((label) => isSystemMark(label) || defaults.includes(label));
}

/** The labels that policies give to what has none. */
function defaultsOf(policies: readonly Policy[]): string[] {
  return distinct(policies.map((policy) => policy.defaults.unlabeled).filter((label) => label !== null));
}

/** True when one of the policies has a default for the value. */
export function isUnlabeledUnder(policies: readonly Policy[], mark: Mark): boolean {
  return isUnlabeled(mark, defaultsOf(policies));
}

/**
 * The labels a value has for the program: labels, taint, and for what has no label the default of
 * all policies together, or the one of `policy` where it has its own.
 */
export function inputLabels(policies: readonly Policy[], policy: Policy | null, mark: Mark): readonly string[] {
  const fallback = isUnlabeled(mark) ? (policy?.defaults.unlabeled ?? unlabeledDefault(policies)) : null;
  return fallback ? [...mark.taint, fallback] : mark.taint;
}

/**
 * The labels a value has in decisions. Where policies have different defaults it has all of them,
 * or one policy's default would lift what is said about another's.
 */
export function decisionLabels(policies: readonly Policy[], mark: Mark): readonly string[] {
  const defaults = defaultsOf(policies);
  return isUnlabeled(mark, defaults) ? distinct([...mark.taint, ...defaults]) : mark.taint;
}

/**
 * The operation's labels and every risk the policies map them to. A risk can be mapped on, so the
 * mapping is followed until nothing is added.
 *
 * @param matches `mayBeBelow` where a risk refuses, `isBelow` where it permits
 */
export function expandOperations(
  policies: readonly Policy[],
  labels: readonly string[],
  matches: (label: string, entry: string) => boolean,
): string[] {
  const mappings = policies.flatMap((policy) =>
    Object.keys(policy.operations).map((risk) => ({ risk, listed: own(policy.operations, risk)! })),
  );
  const result = [...labels];
  for (let before = -1; before !== result.length && mappings.length > 0; ) {
    before = result.length;
    for (const { risk, listed } of mappings) {
      if (!result.includes(risk) && listed.some((entry) => result.some((label) => matches(label, entry))))
        result.push(risk);
    }
  }
  return result;
}

/** True when `label` is `entry` or stands below it: `op:cmd:git` below `op:cmd`, everything below `*`. */
export function isBelow(label: string, entry: string): boolean {
  return entry === '*' || label === entry || label.startsWith(`${entry}:`);
}

/**
 * Like `isBelow`, and true as well when it cannot be excluded: a label that ends in `*` stands for
 * any label that begins like it.
 */
export function mayBeBelow(label: string, entry: string): boolean {
  return isBelow(label, entry) || (label.endsWith(':*') && entry.startsWith(label.slice(0, -1)));
}
