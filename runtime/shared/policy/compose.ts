/** Several policies as one (security.md 5.6). */

import { distinct, intersect, record } from '../record.js';
import { coversPattern } from './command-pattern.js';
import { emptyPolicy } from './schema.js';
import { addSets, fullSet } from './schema-capabilities.js';
import type { AllowDeny, CapabilitySet, EnvironmentPolicy, LabelRule, Policy, ProviderRule } from './types.js';

/**
 * The policy that holds when all the given ones hold. A list that is missing on one side is no
 * opinion, except for `danger`: what one policy calls dangerous stays so until it says otherwise
 * itself, or adding a policy could allow more.
 *
 * The result remembers its parts; decisions are taken for each part, its own fields are the
 * summary that `@mx.policy` shows.
 */
export function union(policies: readonly Policy[], name: string): Policy {
  const parts = leaves(policies);
  const merged =
    parts.reduce<Policy | null>((all, next) => (all ? merge(all, next) : { ...next }), null) ?? emptyPolicy(name);
  return { ...merged, name: name.replace(/^@/, ''), parts: [...parts] };
}

/**
 * The policies to decide by: unions taken apart, each part under the name of its union and as
 * locked as the union is.
 */
export function leaves(policies: readonly Policy[]): readonly Policy[] {
  if (policies.every((policy) => policy.parts.length === 0)) return policies;
  return policies.flatMap((policy) => {
    if (policy.parts.length === 0) return [policy];
    return leaves(policy.parts).map((part) => ({ ...part, name: policy.name, locked: part.locked || policy.locked }));
  });
}

function merge(a: Policy, b: Policy): Policy {
  return {
    ...a,
    defaults: {
      rules: distinct([...a.defaults.rules, ...b.defaults.rules]),
      unlabeled: a.defaults.unlabeled === 'untrusted' ? 'untrusted' : (b.defaults.unlabeled ?? a.defaults.unlabeled),
      trustconflict: b.defaults.trustconflict ?? a.defaults.trustconflict,
      flow: a.defaults.flow === 'strict' ? 'strict' : (b.defaults.flow ?? a.defaults.flow),
      autosign: mergeAutosign(a, b),
      autoverify: b.defaults.autoverify ?? a.defaults.autoverify,
    },
    operations: mergeKeys(a.operations, b.operations, unite),
    labels: mergeKeys(a.labels, b.labels, mergeLabelRules),
    allow:
      a.allow.length && b.allow.length ? [[...a.allow, ...b.allow].reduce(intersectSets)] : [...a.allow, ...b.allow],
    deny: a.deny && b.deny ? addSets(a.deny, b.deny) : (a.deny ?? b.deny),
    danger: a.danger && b.danger ? intersectSets(a.danger, b.danger) : null,
    auth: mergeKeys(a.auth, b.auth, (_, last) => last),
    keychain: {
      provider: b.keychain.provider ?? a.keychain.provider,
      allow: narrow(a.keychain.allow, b.keychain.allow),
      deny: unite(a.keychain.deny, b.keychain.deny),
    },
    env: a.env && b.env ? mergeEnvironments(a.env, b.env) : (a.env ?? b.env),
    authorizations:
      a.authorizations && b.authorizations
        ? commonKeys(a.authorizations, b.authorizations)
        : (a.authorizations ?? b.authorizations),
    limits: mergeKeys(a.limits, b.limits, Math.min),
    signers: mergeKeys(a.signers, b.signers, unite),
    integrity: mergeKeys(a.integrity, b.integrity, (old, last) => ({
      mutable: last.mutable ?? old.mutable,
      authorizedIdentities: last.authorizedIdentities ?? old.authorizedIdentities,
    })),
    locked: a.locked || b.locked,
    default: a.default === 'deny' ? 'deny' : (b.default ?? a.default),
  };
}

/** What both sets grant. Pattern lists keep what the other side covers. */
export function intersectSets(a: CapabilitySet, b: CapabilitySet): CapabilitySet {
  if (a.all || b.all) return a.all && b.all ? fullSet() : { ...(a.all ? b : a) };
  return {
    all: false,
    cmd: a.cmd && b.cmd ? covered(a.cmd, b.cmd, coversPattern) : null,
    fs:
      a.fs && b.fs
        ? { read: covered(a.fs.read, b.fs.read, coversGlob), write: covered(a.fs.write, b.fs.write, coversGlob) }
        : null,
    network:
      a.network && b.network ? covered(a.network, b.network, (outer, inner) => outer === '*' || outer === inner) : null,
    names: intersect(a.names, b.names),
  };
}

function covered(
  a: readonly string[],
  b: readonly string[],
  covers: (outer: string, inner: string) => boolean,
): string[] {
  return distinct([...a.filter((x) => b.some((y) => covers(y, x))), ...b.filter((y) => a.some((x) => covers(x, y)))]);
}

function coversGlob(outer: string, inner: string): boolean {
  return outer === '**' || outer === inner;
}

function mergeAutosign(a: Policy, b: Policy): Policy['defaults']['autosign'] {
  const [x, y] = [a.defaults.autosign, b.defaults.autosign];
  if (!x || !y) return x ?? y;
  return {
    instructions: x.instructions || y.instructions,
    templates: x.templates || y.templates,
    labels: unite(x.labels, y.labels),
    variables: unite(x.variables, y.variables),
  };
}

function mergeLabelRules(a: LabelRule, b: LabelRule): LabelRule {
  return { deny: a.deny && b.deny ? unite(a.deny, b.deny) : (a.deny ?? b.deny), allow: narrow(a.allow, b.allow) };
}

function mergeEnvironments(a: EnvironmentPolicy, b: EnvironmentPolicy): EnvironmentPolicy {
  return {
    default: b.default ?? a.default,
    providers: mergeKeys(a.providers, b.providers, mergeProviders),
    tools: mergeScopes(a.tools, b.tools),
    mcps: mergeScopes(a.mcps, b.mcps),
    net: mergeScopes(a.net, b.net),
  };
}

function mergeProviders(a: ProviderRule, b: ProviderRule): ProviderRule {
  return {
    allowed: a.allowed && b.allowed,
    auth: unite(a.auth, b.auth),
    taint: unite(a.taint, b.taint),
    profiles: b.profiles ?? a.profiles,
  };
}

function mergeScopes(a: AllowDeny | null, b: AllowDeny | null): AllowDeny | null {
  if (!a || !b) return a ?? b;
  const adds = a.attenuation === 'union' && b.attenuation === 'union';
  const allow = adds && a.allow && b.allow ? unite(a.allow, b.allow) : narrow(a.allow, b.allow);
  return { allow, deny: unite(a.deny, b.deny), ...(adds ? { attenuation: 'union' as const } : {}) };
}

/** The intersection of two allow lists; `*` and a missing list are neutral. */
function narrow(a: string[] | null, b: string[] | null): string[] | null {
  if (!a || !b) return a ?? b;
  const [anyA, anyB] = [a.includes('*'), b.includes('*')];
  if (anyA && anyB) return ['*'];
  if (anyA) return b;
  return anyB ? a : intersect(a, b);
}

function unite<T>(a: readonly T[], b: readonly T[]): T[] {
  return distinct([...a, ...b]);
}

function mergeKeys<T>(a: Record<string, T>, b: Record<string, T>, both: (a: T, b: T) => T): Record<string, T> {
  const result = record<T>();
  for (const key of Object.keys(a)) result[key] = a[key]!;
  for (const key of Object.keys(b)) result[key] = key in result ? both(result[key]!, b[key]!) : b[key]!;
  return result;
}

function commonKeys<T>(a: Record<string, T>, b: Record<string, T>): Record<string, T> {
  const result = record<T>();
  for (const key of Object.keys(a)) if (Object.hasOwn(b, key)) result[key] = b[key]!;
  return result;
}
