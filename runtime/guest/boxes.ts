/** `box` blocks (security.md 9): a scope with its tools, its workspace and its profile. */

import { RuleError } from '../shared/security/error.js';
import { parseProfiles } from '../shared/security/needs.js';
import { selectProfile } from '../shared/security/selection.js';
import { Box, box, isObject, plain } from './box.js';
import type { BoxScope, Context } from './context.js';
import { decisive } from './control.js';
import { MlldError } from './errors.js';
import type { Executable } from './executable.js';
import type { ModuleRecord } from './modules.js';
import { activePolicies } from './security/policies.js';
import { type Outcome, Signal } from './signals.js';
import { isCollection, type Tool, termsOf, toolsOf } from './tools.js';
import { toText } from './values/display.js';
import { openWorkspace, Workspace, workspaceBox } from './workspaces.js';

/** What `box [ … ]` without a configuration grants. */
const DEFAULT_TOOLS = ['Bash', 'Read', 'Write', 'Glob', 'Grep'];

/** Runs `body` inside a box. Its value is what the body returns, else the workspace. */
export async function boxed(
  context: Context,
  _module: ModuleRecord,
  config: Box | null,
  name: string | null,
  clause: Record<string, Box>,
  body: (context: Context) => Outcome | PromiseLike<Outcome>,
  site: number,
): Promise<Outcome> {
  // What a box grants decides what is refused in it.
  for (const given of [config, ...Object.values(clause)]) if (given) decisive(given, site);
  const settings = settingsOf(config, name, site);
  const parent = context.scope;
  const workspace =
    settings.workspace ??
    (parent?.workspace && clause.tools ? new Workspace(null, parent.workspace) : openWorkspace(null, site));
  const given = clause.tools ?? settings.tools;
  const tools = narrow(parent, toolNames(given, site), site);
  const collection = given !== null && isCollection(given);
  const scope: BoxScope = {
    parent,
    tools,
    refused: [],
    collection: collection || (parent?.collection ?? false),
    offered: { allowed: tools ?? [], denied: withheld(parent, tools) },
    terms: collection ? termsOf(toolsOf(given!, site), parent?.terms) : (parent?.terms ?? NO_TERMS),
    mcps: narrowMcps(parent, config === null && clause.tools ? null : settings.mcps, site),
    profile: profileOf(settings.profiles, clause.profile ?? null, site) ?? parent?.profile ?? null,
    workspace: workspace.dir,
    isolation: isolated(parent, settings.isolation, site),
  };
  const outcome = await body(context.with({ scope }));
  if (outcome instanceof Signal) return outcome;
  return outcome ?? workspaceBox(workspace);
}

interface Settings {
  workspace: Workspace | null;
  tools: Box | null;
  mcps: string[] | null;
  profiles: unknown;
  isolation: object | null;
}

const NO_TERMS: ReadonlyMap<Executable, Tool> = new Map();

function settingsOf(config: Box | null, name: string | null, site: number): Settings {
  const none: Settings = { workspace: null, tools: box(DEFAULT_TOOLS), mcps: [], profiles: null, isolation: null };
  if (config === null) return none;
  if (config.value instanceof Workspace) return { ...none, workspace: config.value };
  if (config.value === undefined && name !== null)
    throw new MlldError('Mlld', 'VARIABLE_NOT_FOUND', `Variable not found: ${name}`, { site });
  if (!isObject(config.value))
    throw new MlldError('MlldInterpreter', 'ENV_CONFIG_INVALID', 'box config must be an object.', { site });
  const { fs, tools } = config.value;
  const held = fs instanceof Box ? fs.value : fs;
  return {
    workspace: held instanceof Workspace ? held : null,
    tools: tools === undefined ? null : tools instanceof Box ? tools : box(tools),
    mcps: serverNames(plain(config.value.mcps)),
    profiles: plain(config.value.profiles) ?? null,
    isolation: isolationOf(config.value, held instanceof Workspace),
  };
}

/** What the box asks the host to enforce on its children; null when that is nothing. */
function isolationOf(config: Record<string, unknown>, hasWorkspace: boolean): object | null {
  const asked: Record<string, unknown> = {};
  for (const key of ['provider', 'fs', 'net', 'limits']) {
    const value = key === 'fs' && hasWorkspace ? null : plain(config[key]);
    if (value !== undefined && value !== null) asked[key] = value;
  }
  return Object.keys(asked).length === 0 ? null : asked;
}

/** A box inside an isolated box stays in it; another isolation there could only be a way out. */
function isolated(parent: BoxScope | null, own: object | null, site: number): object | null {
  const outer = parent?.isolation ?? null;
  if (outer === null || own === null || JSON.stringify(outer) === JSON.stringify(own)) return own ?? outer;
  throw new MlldError(
    'MlldSecurity',
    'ENV_ISOLATION_DENIED',
    'A box inside an isolated box cannot change its isolation (fs, net, limits, provider).',
    { site },
  );
}

/** The profile a box runs under: the one asked for, else what policies permit; null when it has none. */
function profileOf(given: unknown, wanted: Box | null, site: number): string | null {
  try {
    const profiles = given === null ? [] : parseProfiles(given);
    if (wanted === null) return selectProfile(profiles, activePolicies());
    const name = toText(wanted);
    if (profiles.length === 0 || profiles.some((profile) => profile.name === name)) return name;
    throw new MlldError('MlldInterpreter', 'PROFILE_UNKNOWN', `Unknown profile '${name}' for box config.`, { site });
  } catch (error) {
    if (error instanceof RuleError) throw new MlldError(error.kind, error.code, error.message, { site });
    throw error;
  }
}

/** Names of the tools a box grants; null when it does not say. */
function toolNames(tools: Box | null, site: number): string[] | null {
  if (tools === null) return null;
  const value = plain(tools.value);
  if (value === '*') return null;
  if (typeof value === 'string')
    return value
      .split(',')
      .map((tool) => tool.trim())
      .filter(Boolean);
  if (Array.isArray(value)) {
    if (!value.every((tool) => typeof tool === 'string'))
      throw new MlldError('MlldInterpreter', 'ENV_CONFIG_INVALID', 'tools entries must be strings.', { site });
    return value.includes('*') ? null : value;
  }
  if (isObject(value)) return Object.keys(value);
  throw new MlldError('MlldInterpreter', 'ENV_CONFIG_INVALID', 'tools must be an array or object.', { site });
}

/** Servers a box may connect to; null when it does not say. */
function serverNames(mcps: unknown): string[] | null {
  if (mcps === undefined || mcps === null || mcps === '*') return null;
  const list = Array.isArray(mcps) ? mcps : isObject(mcps) ? (mcps.allow ?? []) : [mcps];
  return Array.isArray(list) ? (list.includes('*') ? null : list.map(String)) : [String(list)];
}

function narrowMcps(parent: BoxScope | null, mcps: string[] | null, site: number): readonly string[] | null {
  const granted = parent?.mcps ?? null;
  if (granted === null || mcps === null) return granted ?? mcps;
  const added = mcps.filter((server) => !granted.includes(server));
  if (added.length > 0)
    throw new MlldError(
      'MlldSecurity',
      'ENV_MCP_DENIED',
      `MCP scope cannot add servers outside parent: ${added.join(', ')}`,
      { site },
    );
  return mcps;
}

/** A box inside a box can only take tools away. */
function narrow(parent: BoxScope | null, tools: string[] | null, site: number): readonly string[] | null {
  const granted = parent?.tools ?? null;
  if (granted === null) return tools;
  if (tools === null) return granted;
  const known = new Set(granted.map((tool) => tool.toLowerCase()));
  const added = tools.filter((tool) => !known.has(tool.toLowerCase()));
  if (added.length > 0) {
    throw new MlldError(
      'MlldSecurity',
      'ENV_TOOL_DENIED',
      `Tool scope cannot add tools outside parent: ${added.join(', ')}`,
      { site },
    );
  }
  return tools;
}

/** What the box around grants and this one does not. */
function withheld(parent: BoxScope | null, tools: readonly string[] | null): string[] {
  const kept = new Set(tools?.map((tool) => tool.toLowerCase()));
  return tools === null ? [] : (parent?.tools ?? []).filter((tool) => !kept.has(tool.toLowerCase()));
}

/** Whether the box around the code grants a tool by its name. */
export function grants(scope: BoxScope | null, tool: string): boolean {
  const tools = scope?.tools ?? null;
  return tools === null || tools.some((granted) => granted.toLowerCase() === tool.toLowerCase());
}

/** Refuses commands in a box without `Bash` (security.md 9.2). */
export function requireBash(context: Context, what: 'Command' | 'Shell', site: number): void {
  if (grants(context.scope, 'Bash')) return;
  throw new MlldError('MlldSecurity', 'ENV_TOOL_DENIED', `${what} execution requires 'Bash' in env.tools`, { site });
}
