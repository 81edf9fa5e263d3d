/** Choosing a tier or a profile by what the policies permit (security.md 6.2, 6.3; seed.md 5.2). */

import type { Argument, CommandFact } from '../command/types.js';
import { grants } from '../policy/command-pattern.js';
import { decideCommands } from '../policy/commands.js';
import { leaves } from '../policy/compose.js';
import { grantsKeychain } from '../policy/danger.js';
import { grantSets } from '../policy/grants.js';
import type { CapabilitySet, Policy } from '../policy/types.js';
import { RuleError } from './error.js';
import type { Needs, Profile, Tier } from './needs-types.js';

/**
 * The first tier, in the order of declaration, whose needs all policies permit; null for an empty
 * list. Selection grants nothing: every operation is still decided on its own.
 *
 * @throws RuleError NO_PERMITTED_TIER when there are tiers and none fits
 */
export function selectTier(tiers: readonly Tier[], policies: readonly Policy[]): string | null {
  if (tiers.length === 0) return null;
  const chosen = tiers.find((tier) => permits(policies, tier.needs));
  if (!chosen)
    throw new RuleError('MlldSecurity', 'NO_PERMITTED_TIER', 'No permitted tier found', {
      tiers: tiers.map((tier) => tier.tier),
    });
  return chosen.tier;
}

/** The first permitted profile, or else the last one declared; null for none. */
export function selectProfile(profiles: readonly Profile[], policies: readonly Policy[]): string | null {
  const chosen = profiles.find((profile) => permits(policies, profile.needs)) ?? profiles[profiles.length - 1];
  return chosen?.name ?? null;
}

/** True when every policy permits everything that is needed: allow lists, denials and single commands count. */
export function permits(policies: readonly Policy[], needs: Needs): boolean {
  return leaves(policies).every((policy) => permittedBy(policy, needs));
}

function permittedBy(policy: Policy, needs: Needs): boolean {
  if (isEmpty(needs)) return true;
  const { deny } = policy;
  if (deny?.all) return false;
  const granted = (test: (set: CapabilitySet) => boolean) => grantSets(policy).every((set) => set.all || test(set));
  if (needs.sh && (deny?.names.includes('sh') || !granted((set) => set.names.includes('sh')))) return false;
  if (needs.network && (deny?.network?.includes('*') || !granted((set) => (set.network ?? []).length > 0)))
    return false;
  if (needs.filesystem && (deniesFiles(deny) || !granted((set) => set.fs !== null && set.fs.read.length > 0)))
    return false;
  if (needs.keychain && (deny?.names.includes('keychain') || !grantsKeychain(policy.danger))) return false;
  if (needs.anyCommand && ((deny?.cmd ?? []).length > 0 || !granted((set) => set.cmd?.includes('*') ?? false)))
    return false;
  for (const [runtime, name] of LANGUAGES)
    if (needs.runtimes.includes(runtime) && (deny?.names.includes(name) || !granted((set) => set.names.includes(name))))
      return false;
  return Object.keys(needs.commands).every((name) => {
    const { subcommands } = needs.commands[name]!;
    const uses = subcommands.length ? subcommands.map((sub) => [name, sub]) : [[name]];
    return uses.every((words) => commandPermitted(policy, words));
  });
}

/** The languages whose packages a policy can refuse, with the capability they run under. */
const LANGUAGES = [
  ['node', 'node'],
  ['python', 'py'],
] as const;

function isEmpty(needs: Needs): boolean {
  return (
    !needs.sh &&
    !needs.network &&
    !needs.filesystem &&
    !needs.keychain &&
    !needs.anyCommand &&
    needs.runtimes.length === 0 &&
    Object.keys(needs.commands).length === 0
  );
}

function deniesFiles(deny: CapabilitySet | null): boolean {
  return deny?.fs?.read.includes('**') ?? false;
}

/** Needs open no files, so where these are does not matter. */
const NOWHERE = { places: { root: '/', home: '/' } };

/**
 * A need of `git` is one of `git` with any arguments: a denial of `git:push` leaves it, a grant of
 * `git:status` is not enough for it.
 */
function commandPermitted(policy: Policy, words: readonly string[]): boolean {
  const alone = use(words, []);
  if (!decideCommands(policy, [alone], undefined, NOWHERE).allow) return false;
  const withArguments = use(words, [{ text: '', dynamic: true, splits: true }]);
  return grantSets(policy).every((set) => {
    if (set.all) return true;
    return (set.cmd ?? []).some(
      (pattern) => grants(pattern, withArguments) || (words.length > 1 && grants(pattern, alone)),
    );
  });
}

function use(words: readonly string[], rest: readonly Argument[]): CommandFact {
  const [program = '', ...args] = words;
  const known = args.map((text) => ({ text, dynamic: false, splits: false }));
  return {
    kind: 'program',
    program: program.toLowerCase(),
    path: program,
    args: [...known, ...rest],
    files: [],
    undecidable: false,
    opaque: false,
    foreign: null,
    via: [],
  };
}
