/** `box` blocks (security.md 9): a scope with its tools, its workspace and its profile. */

import { EMPTY, join } from '../shared/marks.js';
import type { Policy } from '../shared/policy/types.js';
import { RuleError } from '../shared/security/error.js';
import { parseProfiles } from '../shared/security/needs.js';
import { selectProfile } from '../shared/security/selection.js';
import type { Box } from './box.js';
import { type Isolation, type Settings, settingsOf, toolNames, underPolicies } from './box-settings.js';
import type { BoxScope, Context } from './context.js';
import { decisive, joinConfig } from './control.js';
import { blameSetting, MlldError } from './errors.js';
import type { Executable } from './executable.js';
import { configuredTools } from './mcp-config.js';
import type { ModuleRecord } from './modules.js';
import { policiesFor } from './security/policies.js';
import { requireAuthor } from './security/settings.js';
import { type Outcome, Signal } from './signals.js';
import { runState } from './state.js';
import { isCollection, type Tool, termsOf, toolsOf } from './tools.js';
import { toText } from './values/display.js';
import { openWorkspace, Workspace, workspaceBox } from './workspaces.js';

/** What the program says about a box beside its configuration. */
export interface BoxForm {
  /** The name of the variable that holds the configuration. */
  readonly name: string | null;
  /** `with { tools, profile }`. */
  readonly clause: Readonly<Record<string, Box>>;
  /** `@mcpConfig`, where it is defined. */
  readonly mcpConfig: Box | null;
  /** Names the block can already use. */
  readonly names: readonly string[];
}

/** Runs `body` inside a box. Its value is what the body returns, else the workspace. */
export async function boxed(
  context: Context,
  _module: ModuleRecord,
  config: Box | null,
  form: BoxForm,
  body: (context: Context) => Outcome | PromiseLike<Outcome>,
  site: number,
): Promise<Outcome> {
  const { clause } = form;
  const given = [config, ...Object.values(clause)].filter((part) => part !== null);
  // What a box grants decides what is refused in it.
  for (const part of given) decisive(part, site, undefined, joinConfig);
  const { scope, workspace, mcpConfig } = entered(context, config, form, given, site);
  const inner = context.with({ scope });
  const bound = await configuredTools(inner, mcpConfig ?? form.mcpConfig, form.names, site);
  const outcome = await body(bound === null ? inner : inner.with({ scope: { ...scope, bound } }));
  if (outcome instanceof Signal) return outcome;
  return outcome ?? workspaceBox(workspace);
}

/** The scope of a box; what is wrong with its terms may quote them. */
function entered(context: Context, config: Box | null, form: BoxForm, given: readonly Box[], site: number) {
  const { clause } = form;
  try {
    requireAuthor(clause.profile, 'box profile', site);
    const settings = settingsOf(config, form.name, site);
    const parent = context.scope;
    const workspace =
      settings.workspace ??
      (parent?.workspace && clause.tools ? new Workspace(null, parent.workspace) : openWorkspace(null, site));
    const asked = config === null && clause.tools ? { ...settings, mcps: null } : settings;
    const scope = scopeOf(parent, asked, clause, workspace, policiesFor(context), site);
    return { scope, workspace, mcpConfig: settings.mcpConfig };
  } catch (error) {
    for (const part of given) blameSetting(error, part.deep);
    throw error;
  }
}

function scopeOf(
  parent: BoxScope | null,
  settings: Settings,
  clause: BoxForm['clause'],
  workspace: Workspace,
  policies: readonly Policy[],
  site: number,
): BoxScope {
  const given = clause.tools ?? settings.tools;
  const collection = given !== null && isCollection(given);
  const terms = underPolicies(settings, toolNames(given, site), policies, site);
  const tools = narrow(parent, terms.tools, site);
  const refused = [...new Set([...(parent?.refused ?? []), ...terms.refusedTools])];
  return {
    parent,
    tools,
    refused,
    collection: collection || (parent?.collection ?? false),
    offered: {
      allowed: tools ?? [],
      denied: [...new Set([...withheld(parent, tools), ...refused])],
      mark: join(parent?.offered.mark ?? EMPTY, given?.deep ?? EMPTY),
    },
    terms: collection ? termsOf(toolsOf(given!, site), parent?.terms) : (parent?.terms ?? NO_TERMS),
    mcps: narrowMcps(parent, terms.mcps, site),
    refusedMcps: [...new Set([...(parent?.refusedMcps ?? []), ...terms.refusedMcps])],
    profile: profileOf(terms.profiles, clause.profile ?? settings.profile, policies, site) ?? parent?.profile ?? null,
    workspace: workspace.dir,
    isolation: isolated(parent, settings.isolation, terms.isolation, site),
    auth: [...new Set([...(parent?.auth ?? []), ...terms.auth])],
    mark: join(parent?.mark ?? EMPTY, terms.mark),
    bound: parent?.bound ?? null,
  };
}

const NO_TERMS: ReadonlyMap<Executable, Tool> = new Map();

/**
 * A box inside an isolated box stays in it; another isolation there could only be a way out.
 * @param asked what the box itself says
 * @param own the same after all policies
 */
export function isolated(
  parent: BoxScope | null,
  asked: Isolation | null,
  own: Isolation | null,
  site: number,
): Isolation | null {
  const outer = parent?.isolation ?? null;
  if (outer === null) return own;
  if (asked === null || JSON.stringify(outer) === JSON.stringify(own)) return outer;
  throw new MlldError(
    'MlldSecurity',
    'ENV_ISOLATION_DENIED',
    'A box inside an isolated box cannot change its isolation (fs, net, limits, provider).',
    { site },
  );
}

/** The profile a box runs under: the one asked for, else what policies permit; null when it has none. */
function profileOf(given: unknown, wanted: Box | null, policies: readonly Policy[], site: number): string | null {
  try {
    const profiles = given === null ? [] : parseProfiles(given);
    if (wanted === null) return selectProfile(profiles, policies);
    const name = toText(wanted);
    if (profiles.some((profile) => profile.name === name) || runState.profiles.includes(name)) return name;
    throw new MlldError('MlldInterpreter', 'PROFILE_UNKNOWN', `Unknown profile '${name}' for box config.`, { site });
  } catch (error) {
    if (error instanceof RuleError) throw new MlldError(error.kind, error.code, error.message, { site });
    throw error;
  }
}

function narrowMcps(parent: BoxScope | null, mcps: readonly string[] | null, site: number): readonly string[] | null {
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
function narrow(parent: BoxScope | null, tools: readonly string[] | null, site: number): readonly string[] | null {
  const granted = parent?.tools ?? null;
  if (granted === null) return tools;
  if (tools === null) return granted;
  const known = new Set(granted.map((tool) => tool.toLowerCase()));
  const added = tools.filter((tool) => !known.has(tool.toLowerCase()));
  if (added.length > 0) {
    throw new MlldError(
      'MlldSecurity',
      'ENV_TOOL_DENIED',
      `Tool scope cannot add tools outside parent: ${added.join(', ').toLowerCase()}`,
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
  if (scope === null) return true;
  const isTool = (name: string): boolean => name.toLowerCase() === tool.toLowerCase();
  return (scope.tools === null || scope.tools.some(isTool)) && !scope.refused.some(isTool);
}

/** Refuses commands in a box without `Bash` (security.md 9.2). */
export function requireBash(context: Context, what: 'Command' | 'Shell', site: number): void {
  if (grants(context.scope, 'Bash')) return;
  throw new MlldError('MlldSecurity', 'ENV_TOOL_DENIED', `${what} execution requires 'Bash' in env.tools`, { site });
}
