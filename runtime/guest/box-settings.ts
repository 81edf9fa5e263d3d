/** What a box asks for, and what policies leave of it (security.md 9.1, 9.2). */

import { type Mark, makeMark } from '../shared/marks.js';
import { environmentUnder, hostsOf } from '../shared/policy/environment.js';
import type { Policy } from '../shared/policy/types.js';
import { Box, box, isObject, memberOf, plain } from './box.js';
import { MlldError } from './errors.js';
import { type Executable, isExecutable } from './executable.js';
import { requireAuthorOf } from './security/settings.js';
import { Workspace } from './workspaces.js';

export interface Settings {
  readonly workspace: Workspace | null;
  /** The tools as written: a list, a text, a collection; null when the box does not say. */
  readonly tools: Box | null;
  readonly mcps: readonly string[] | null;
  readonly profiles: unknown;
  /** The profile to run under; null when policies choose one. */
  readonly profile: Box | null;
  /** What the host enforces on children. */
  readonly isolation: Isolation | null;
  /** Names of credentials for children. */
  readonly auth: readonly string[];
  readonly taint: readonly string[];
  readonly mcpConfig: Executable | null;
}

/** Parts of a configuration that the host reads and enforces; it refuses what it does not understand. */
export type Isolation = Readonly<Record<string, unknown>>;

/** What `box [ … ]` without a configuration grants. */
const DEFAULT_TOOLS = ['Bash', 'Read', 'Write', 'Glob', 'Grep'];

const NONE: Settings = {
  workspace: null,
  tools: box(DEFAULT_TOOLS),
  mcps: [],
  profiles: null,
  profile: null,
  isolation: null,
  auth: [],
  taint: [],
  mcpConfig: null,
};

/** The configuration of a box. */
export function settingsOf(config: Box | null, name: string | null, site: number): Settings {
  if (config === null) return NONE;
  if (config.value instanceof Workspace) return { ...NONE, workspace: config.value };
  if (config.value === undefined && name !== null)
    throw new MlldError('Mlld', 'VARIABLE_NOT_FOUND', `Variable not found: ${name}`, { site });
  if (!isObject(config.value)) throw invalid('box config must be an object.', site);
  for (const field of ['auth', 'provider', 'profile']) requireAuthorOf(config, field, `box ${field}`, site);
  const { fs, tools, mcpConfig } = config.value;
  const held = fs instanceof Box ? fs.value : fs;
  const configure = mcpConfig instanceof Box ? mcpConfig.value : mcpConfig;
  if (configure !== undefined && configure !== null && !isExecutable(configure))
    throw invalid('box mcpConfig must be an executable.', site);
  return {
    workspace: held instanceof Workspace ? held : null,
    tools: tools === undefined ? null : memberOf(config, tools),
    mcps: serverNames(plain(config.value.mcps)),
    profiles: plain(config.value.profiles) ?? null,
    profile: profileIn(plain(config.value.profile)),
    isolation: isolationOf(config.value, held instanceof Workspace),
    auth: names(plain(config.value.auth), 'auth', site),
    taint: names(plain(config.value.taint), 'taint', site),
    mcpConfig: isExecutable(configure) ? configure : null,
  };
}

/** A box's terms after all policies. */
export interface Terms {
  readonly tools: readonly string[] | null;
  readonly refusedTools: readonly string[];
  readonly mcps: readonly string[] | null;
  readonly refusedMcps: readonly string[];
  readonly isolation: Isolation | null;
  readonly auth: readonly string[];
  /** On everything children of the box answer. */
  readonly mark: Mark;
  readonly profiles: unknown;
}

/**
 * What `policy.env` makes of the settings.
 * @param tools the names the box grants, read from its settings or its `with` clause
 * @param policies those that hold where the box stands
 */
export function underPolicies(
  settings: Settings,
  tools: readonly string[] | null,
  policies: readonly Policy[],
  site: number,
): Terms {
  const own = settings.isolation ?? {};
  const asked = {
    provider: typeof own.provider === 'string' ? own.provider : null,
    tools,
    mcps: settings.mcps,
    net: hostsOf(own.net),
  };
  const grant = environmentUnder(policies, asked);
  if (grant.refusedProvider !== null)
    throw new MlldError('MlldSecurity', 'ENV_PROVIDER_DENIED', `Provider '${grant.refusedProvider}' denied by policy`, {
      site,
    });
  const isolation: Record<string, unknown> = { ...own };
  if (grant.provider !== null) isolation.provider = grant.provider;
  if (grant.net !== asked.net || grant.refusedHosts.length > 0) isolation.net = netOf(grant.net, grant.refusedHosts);
  const origin = grant.provider === null ? [] : [`src:env:${grant.provider}`];
  return {
    tools: grant.tools,
    refusedTools: grant.refusedTools,
    mcps: grant.mcps,
    refusedMcps: grant.refusedMcps,
    isolation: Object.keys(isolation).length === 0 ? null : isolation,
    auth: [...new Set([...settings.auth, ...grant.auth])],
    mark: makeMark({ taint: [...origin, ...settings.taint, ...grant.taint] }),
    profiles: settings.profiles ?? grant.profiles,
  };
}

function profileIn(name: unknown): Box | null {
  return name === undefined || name === null ? null : box(name);
}

function netOf(allow: readonly string[] | null, deny: readonly string[]): unknown {
  if (allow?.length === 0) return 'none';
  return { allow: allow ?? ['*'], ...(deny.length > 0 && { deny }) };
}

function isolationOf(config: Record<string, unknown>, hasWorkspace: boolean): Isolation | null {
  const asked: Record<string, unknown> = {};
  for (const key of ['provider', 'fs', 'net', 'limits']) {
    const value = key === 'fs' && hasWorkspace ? null : plain(config[key]);
    if (value !== undefined && value !== null) asked[key] = value;
  }
  return Object.keys(asked).length === 0 ? null : asked;
}

/** Names of the tools a box grants; null when it does not say. */
export function toolNames(tools: Box | null, site: number): string[] | null {
  if (tools === null) return null;
  const value = plain(tools.value);
  if (value === '*') return null;
  if (typeof value === 'string') return words(value);
  if (Array.isArray(value)) {
    if (!value.every((tool) => typeof tool === 'string')) throw invalid('tools entries must be strings.', site);
    return value.includes('*') ? null : value;
  }
  if (isObject(value)) return Object.keys(value);
  throw invalid('tools must be an array or object.', site);
}

/** Servers a box may connect to; null when it does not say. */
function serverNames(mcps: unknown): string[] | null {
  if (mcps === undefined || mcps === null || mcps === '*') return null;
  const list = Array.isArray(mcps) ? mcps : isObject(mcps) ? (mcps.allow ?? []) : [mcps];
  return Array.isArray(list) ? (list.includes('*') ? null : list.map(String)) : [String(list)];
}

function names(value: unknown, key: string, site: number): string[] {
  if (value === undefined || value === null) return [];
  const list = typeof value === 'string' ? words(value) : value;
  if (Array.isArray(list) && list.every((name): name is string => typeof name === 'string')) return list;
  throw invalid(`box ${key} must be a name or a list of names.`, site);
}

function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

function invalid(message: string, site: number): MlldError {
  return new MlldError('MlldInterpreter', 'ENV_CONFIG_INVALID', message, { site });
}
