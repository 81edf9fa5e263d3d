/** `needs`, `wants`, `profiles` at run time (security.md 6). */

import { RuleError } from '../../shared/security/error.js';
import { parseProfiles, parseWants } from '../../shared/security/needs.js';
import { selectProfile, selectTier } from '../../shared/security/selection.js';
import { type Box, box, plain } from '../box.js';
import type { Context } from '../context.js';
import { MlldError } from '../errors.js';
import type { ModuleRecord } from '../modules.js';
import { provideMx } from '../mx-providers.js';
import { runState } from '../state.js';
import { activePolicies } from './policies.js';
import { requireAuthor } from './settings.js';

/**
 * Modules whose `needs { keychain }` was reached; it counts for its module only. Everything else
 * of a declaration was checked by the host before the program began.
 */
const keychainModules = new Set<number>();

/** `needs { keychain, … }`. */
export function needsKeychain(module: ModuleRecord): void {
  keychainModules.add(module.id);
}

/** Whether a module declared that it needs the keychain (seed.md 5 item 6). */
export function declaresKeychain(module: ModuleRecord): boolean {
  return keychainModules.has(module.id);
}

/** `wants [ … ]`: the first tier policies permit. */
export function wants(_context: Context, _module: ModuleRecord, value: Box, site: number): void {
  requireAuthor(value, 'wants', site);
  runState.tier = ruled(site, () => selectTier(parseWants(plain(value.value)), activePolicies()));
}

/** `profiles { … }`: the first profile policies permit, else the last. */
export function profiles(_context: Context, _module: ModuleRecord, value: Box, site: number): void {
  requireAuthor(value, 'profiles', site);
  const declared = ruled(site, () => parseProfiles(plain(value.value)));
  runState.profiles.push(...declared.map(({ name }) => name));
  runState.profile = ruled(site, () => selectProfile(declared, activePolicies()));
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
