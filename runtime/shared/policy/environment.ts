/** `policy.env`: what policies leave of the configuration of a box (security.md 9.2). */

import { isRecord } from '../record.js';
import type { AllowDeny, EnvironmentPolicy, Policy } from './types.js';

/** What a box asks for; null is anything. */
export interface EnvironmentRequest {
  readonly provider: string | null;
  readonly tools: readonly string[] | null;
  readonly mcps: readonly string[] | null;
  /** Hosts; an empty list is no network. */
  readonly net: readonly string[] | null;
}

/** What it gets. */
export interface EnvironmentGrant extends EnvironmentRequest {
  readonly refusedTools: readonly string[];
  readonly refusedMcps: readonly string[];
  readonly refusedHosts: readonly string[];
  /** Names of credentials that children of the box get. */
  readonly auth: readonly string[];
  /** Marks on what children of the box answer. */
  readonly taint: readonly string[];
  /** Profiles of the provider, for a box that has none. */
  readonly profiles: unknown;
  /** The provider no policy may be asked for. */
  readonly refusedProvider: string | null;
}

/** Applies every policy that speaks of environments; each can only take away. */
export function environmentUnder(policies: readonly Policy[], request: EnvironmentRequest): EnvironmentGrant {
  const rules = policies.flatMap(({ env }) => (env ? [env] : []));
  const provider = request.provider ?? rules.findLast((rule) => rule.default !== null)?.default ?? null;
  const ofProvider =
    provider === null
      ? []
      : rules.flatMap(({ providers }) => (Object.hasOwn(providers, provider) ? [providers[provider]!] : []));
  let { tools, mcps, net } = request;
  for (const allow of allowLists(rules, 'tools')) tools = narrowNames(tools, allow, sameName);
  for (const allow of allowLists(rules, 'mcps')) mcps = narrowNames(mcps, allow, (a, b) => a === b);
  for (const rule of rules) net = narrowHosts(net, rule.net?.allow ?? null);
  const refused = (part: 'tools' | 'mcps' | 'net') => [...new Set(rules.flatMap((rule) => rule[part]?.deny ?? []))];
  return {
    provider,
    tools,
    mcps,
    net,
    refusedTools: refused('tools'),
    refusedMcps: refused('mcps'),
    refusedHosts: refused('net'),
    auth: [...new Set(ofProvider.flatMap(({ auth }) => auth))],
    taint: [...new Set(ofProvider.flatMap(({ taint }) => taint))],
    profiles: ofProvider.findLast(({ profiles }) => profiles !== null)?.profiles ?? null,
    refusedProvider: ofProvider.some(({ allowed }) => !allowed) ? provider : null,
  };
}

/** The hosts a box asks for; null when it is anything, and for what the host will refuse to understand. */
export function hostsOf(net: unknown): readonly string[] | null {
  if (net === 'none' || net === false) return [];
  const list = isRecord(net) ? net.allow : net;
  return Array.isArray(list) && list.every((host) => typeof host === 'string') ? list : null;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The lists that have to allow a name. Those of policies that all say `attenuation: "union"` count as one (security.md 5.6). */
function allowLists(rules: readonly EnvironmentPolicy[], part: 'tools' | 'mcps'): (readonly string[])[] {
  const scopes = rules.flatMap((rule) => (rule[part]?.allow ? [rule[part]] : []));
  const adds = (scope: AllowDeny): boolean => scope.attenuation === 'union';
  const lists = scopes.filter((scope) => !adds(scope)).map(({ allow }) => allow!);
  return scopes.some(adds) ? [...lists, scopes.filter(adds).flatMap(({ allow }) => allow!)] : lists;
}

function narrowNames(
  own: readonly string[] | null,
  allow: readonly string[],
  same: (a: string, b: string) => boolean,
): readonly string[] | null {
  if (allow.includes('*')) return own;
  return own === null ? allow : own.filter((name) => allow.some((other) => same(name, other)));
}

/** The hosts both lists grant. */
function narrowHosts(own: readonly string[] | null, allow: readonly string[] | null): readonly string[] | null {
  if (allow === null || allow.includes('*')) return own;
  if (own === null || own.includes('*')) return allow;
  const shared = [
    ...own.filter((host) => allow.some((pattern) => coversHost(pattern, host))),
    ...allow.filter((host) => own.some((pattern) => coversHost(pattern, host))),
  ];
  return [...new Set(shared)];
}

function coversHost(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)));
}
