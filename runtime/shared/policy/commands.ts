/** Capability decisions about the commands of a shell text (security.md 5.5, 5.7). */

import { interpreterOf, NETWORK_PROGRAMS, SHELLS } from '../command/programs.js';
import type { CommandFact } from '../command/types.js';
import { resolvePath } from '../glob.js';
import { coversCode, grants, refuses, specificity } from './command-pattern.js';
import { isDangerousCommand } from './danger.js';
import { capabilityDenial } from './denial.js';
import { decideFile } from './files.js';
import { grantSets } from './grants.js';
import type { CapabilityContext } from './request.js';
import { ALLOWED, type CapabilitySet, type Decision, type Denied, type Policy } from './types.js';

/**
 * Decides every command a text would run, and the files it would open; all have to be permitted.
 * The checks come in the order danger, deny, shell, network, allow.
 *
 * @param inShell the text is the body of a shell block, which itself has been permitted
 */
export function decideCommands(
  policy: Policy,
  facts: readonly CommandFact[],
  cwd: string | undefined,
  context: CapabilityContext,
  inShell = false,
): Decision {
  const checks = [decideDanger, decideDeny, decideShell, decideNetworkUse, decideAllow];
  for (const check of checks) {
    for (const fact of facts) {
      if (fact.kind === 'none' && check !== decideAllow) continue;
      const decision = check(policy, fact, context, inShell || fact.via.some((program) => SHELLS.has(program)));
      if (!decision.allow) return inShell ? inBlock(decision, fact, context) : decision;
    }
  }
  return decideFiles(policy, facts, cwd, context);
}

/** A denied command of a shell block is quoted: the block may hold many (security.md 5.7). */
function inBlock(decision: Denied, fact: CommandFact, context: CapabilityContext): Denied {
  if (decision.rule !== 'deny.cmd' || fact.undecidable) return decision;
  const redact = context.redact ?? ((text: string) => text);
  const command = [fact.path || fact.program, ...fact.args.map(({ text }) => text)].join(' ').trim();
  return { ...decision, reason: `${decision.reason} in shell block (matched: ${redact(command)})` };
}

type Check = (policy: Policy, fact: CommandFact, context: CapabilityContext, inShell: boolean) => Decision;

const decideDanger: Check = (policy, fact) => {
  if (!isDangerousCommand(fact, policy.danger)) return ALLOWED;
  return capabilityDenial(policy, 'capabilities', 'Dangerous capability requires allow.danger', [
    `Add 'cmd:${fact.program}:*' to capabilities.danger`,
  ]);
};

/**
 * A deny entry wins unless an allow entry says strictly more. When the text does not say which
 * program runs, it could be any of those denied, so any denied command denies it: otherwise
 * `x=cat; $x f` would pass where `cat f` does not.
 */
const decideDeny: Check = (policy, fact, context) => {
  const denied = best(policy.deny?.cmd ?? [], (pattern) => refuses(pattern, fact));
  if (denied < 0) return ALLOWED;
  const granted =
    policy.allow.length === 0
      ? -1
      : Math.min(...policy.allow.map((set) => best(set.cmd ?? [], (pattern) => grants(pattern, fact))));
  return granted > denied
    ? ALLOWED
    : commandDenial(policy, 'deny.cmd', fact, context, `Remove 'cmd:${fact.program}:*' from deny list`);
};

const TITLES = { sh: 'Shell', py: 'Python', node: 'Node' } as const;

/** Denying a language also denies the programs that run it. */
const decideShell: Check = (policy, fact) => {
  const denied = policy.deny?.names ?? [];
  const name = SHELLS.has(fact.program) ? 'sh' : interpreterOf(fact.program);
  const refused = fact.undecidable
    ? (['sh', 'py', 'node'] as const).find((each) => denied.includes(each))
    : name !== null && denied.includes(name)
      ? name
      : undefined;
  return refused ? capabilityDenial(policy, `deny.${refused}`, `${TITLES[refused]} access denied by policy`) : ALLOWED;
};

/** Which host a program talks to cannot be told, so denying one domain denies the programs. */
const decideNetworkUse: Check = (policy, fact) => {
  if (!policy.deny?.network?.length) return ALLOWED;
  const uses = fact.undecidable || NETWORK_PROGRAMS.has(fact.program) || fact.files.some((file) => isSocket(file.path));
  return uses ? capabilityDenial(policy, 'deny.network', 'Network access denied by policy') : ALLOWED;
};

/**
 * Every allow list has to cover the command. Where a list grants the shell and names no commands,
 * the grant is of all that shells run.
 */
const decideAllow: Check = (policy, fact, context, inShell) => {
  const sets = grantSets(policy);
  if (sets.every((set) => covers(set, fact, inShell)) || isVerification(policy, fact)) return ALLOWED;
  return commandDenial(policy, 'allow.cmd', fact, context, `Add 'cmd:${fact.program}:*' to capabilities.allow`);
};

/** A policy that has models verify their prompts permits what they verify them with (security.md 10.4). */
function isVerification(policy: Policy, fact: CommandFact): boolean {
  return (
    policy.defaults.autoverify !== null && ['mlld:verify:*', 'mlldc:verify:*'].some((pattern) => grants(pattern, fact))
  );
}

function covers(set: CapabilitySet, fact: CommandFact, inShell: boolean): boolean {
  if (set.all) return true;
  if (set.cmd?.includes('*')) return true;
  const shell = set.names.includes('sh');
  if (inShell && shell && set.cmd === null) return true;
  if (fact.undecidable || fact.opaque) return false;
  if (fact.kind !== 'program') return true;
  if (shell && SHELLS.has(fact.program)) return true;
  return (set.cmd ?? []).some((pattern) => grants(pattern, fact) && coversCode(pattern, fact));
}

function decideFiles(
  policy: Policy,
  facts: readonly CommandFact[],
  cwd: string | undefined,
  context: CapabilityContext,
): Decision {
  for (const fact of facts) {
    for (const file of fact.files) {
      if (isSocket(file.path)) {
        if (grantSets(policy).every((set) => set.all || set.network?.includes('*'))) continue;
        return capabilityDenial(policy, 'allow.network', 'Network access denied by policy');
      }
      const path = file.path === null ? null : resolvePath(file.path, cwd ?? context.places.root);
      const decision = decideFile(policy, file.mode, path, context.places);
      if (!decision.allow) return decision;
    }
  }
  return ALLOWED;
}

/** Bash opens a connection for these names. */
function isSocket(path: string | null): boolean {
  return path !== null && /^\/dev\/(?:tcp|udp)\//.test(path);
}

function best(patterns: readonly string[], matches: (pattern: string) => boolean): number {
  return patterns.reduce((found, pattern) => (matches(pattern) ? Math.max(found, specificity(pattern)) : found), -1);
}

function commandDenial(
  policy: Policy,
  rule: string,
  fact: CommandFact,
  context: CapabilityContext,
  suggestion: string,
): Decision {
  const redact = context.redact ?? ((text: string) => text);
  const advice = fact.undecidable
    ? 'Write the name of the program out: it has to be known before the command runs'
    : suggestion;
  return capabilityDenial(policy, rule, redact(`Command '${fact.program}' denied by policy`), [redact(advice)]);
}
