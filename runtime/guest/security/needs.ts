/** `needs`, `wants`, `profiles` at run time (security.md 6). */

import { RuleError } from '../../shared/security/error.js';
import { mergeNeeds, noNeeds, parseNeeds, parseProfiles, parseWants } from '../../shared/security/needs.js';
import type { Needs } from '../../shared/security/needs-types.js';
import { selectProfile, selectTier } from '../../shared/security/selection.js';
import { needsMessage, unmetNeeds } from '../../shared/security/unmet.js';
import { type Box, box, plain } from '../box.js';
import type { Context } from '../context.js';
import { doorCall } from '../door.js';
import { MlldError } from '../errors.js';
import type { ModuleRecord } from '../modules.js';
import { provideMx } from '../mx.js';
import { runState } from '../state.js';
import { activePolicies } from './policies.js';

/** What each module has declared so far; declarations count for their module only. */
const declared = new Map<number, Needs>();

/** `needs { … }`: everything unmet is reported at once, before the next directive. */
export function needs(_context: Context, module: ModuleRecord, value: Box, site: number): void {
  const parsed = ruled(site, () => parseNeeds(plain(value.value)));
  declared.set(module.id, mergeNeeds(declared.get(module.id) ?? noNeeds(), parsed));
  const missing = doorCall(
    'project.missing',
    {
      cmd: Object.keys(parsed.commands),
      node: parsed.packages.node.map(({ name }) => name),
      py: parsed.packages.python.length > 0,
      sh: parsed.sh,
      keychain: parsed.keychain,
    },
    site,
  ).value as { cmd: string[]; node: string[]; py: boolean; sh: boolean; keychain: string | null };
  const unmet = unmetNeeds(parsed, {
    command: (name) => !missing.cmd.includes(name),
    shell: () => !missing.sh,
    keychainProblem: () => missing.keychain,
    runtime: (ecosystem) => ecosystem !== 'python' || !missing.py,
    package: (ecosystem, name) => ecosystem !== 'node' || !missing.node.includes(name),
  });
  const message = needsMessage(unmet);
  if (message === null) return;
  const packages = unmet.every((need) => need.kind === 'package');
  throw new MlldError(packages ? 'MlldDependency' : 'MlldInterpreter', 'NEEDS_UNMET', message, {
    site,
    hint: 'Install what is missing, or remove it from needs.',
  });
}

/** Whether a module declared that it needs the keychain (seed.md 5 item 6). */
export function declaresKeychain(module: ModuleRecord): boolean {
  return declared.get(module.id)?.keychain ?? false;
}

/** `wants [ … ]`: the first tier policies permit. */
export function wants(_context: Context, _module: ModuleRecord, value: Box, site: number): void {
  runState.tier = ruled(site, () => selectTier(parseWants(plain(value.value)), activePolicies()));
}

/** `profiles { … }`: the first profile policies permit, else the last. */
export function profiles(_context: Context, _module: ModuleRecord, value: Box, site: number): void {
  runState.profile = ruled(site, () => selectProfile(parseProfiles(plain(value.value)), activePolicies()));
}

provideMx('profile', (context) => box(context.scope?.profile ?? runState.profile));

function ruled<T>(site: number, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof RuleError)
      throw new MlldError(error.kind, error.code, error.message, { site, details: error.info.details });
    throw error;
  }
}
