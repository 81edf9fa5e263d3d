/** What needs an explicit `danger` entry while any policy is active (security.md 5.5). */

import type { CommandFact } from '../command/types.js';
import { matchPath, type Places } from '../glob.js';
import { coversPattern, grants, patternTokens, refuses } from './command-pattern.js';
import type { CapabilitySet } from './types.js';

const COMMANDS: readonly string[] = [
  'mlld:keychain:*',
  'mlldc:keychain:*',
  'security:*',
  'pass:*',
  'op:*',
  'secret-tool:*',
  'claude:*:--dangerously-skip-permissions',
  'codex:*:--dangerously-bypass-approvals-and-sandbox',
  'codex:*:--full-auto',
  'mlld:*:--no-policy',
  'mlld:*:--no-guards',
  'mlldc:*:--no-policy',
  'mlldc:*:--no-guards',
  'rm:*:-rf',
  'sudo:*',
  'doas:*',
  'chmod:*',
  'chown:*',
  'dd:*',
  'mkfs:*',
  'git:push:*:--force',
  'git:remote:add:*',
  'kill:*',
  'pkill:*',
  'killall:*',
  'curl:*:--upload-file',
  'curl:*:-T',
  'scp:*',
  'rsync:*',
  'nc:*',
  'netcat:*',
  'ncat:*',
];

/** The patterns by their program, since most commands have none. */
const BY_PROGRAM = new Map<string, string[]>();
for (const pattern of COMMANDS) {
  const program = patternTokens(pattern)[0]!;
  BY_PROGRAM.set(program, [...(BY_PROGRAM.get(program) ?? []), pattern]);
}

/** Credentials: neither to be read nor to be replaced. */
const SECRET_FILES: readonly string[] = [
  '~/.ssh/**',
  '~/.aws/**',
  '~/.config/gh/**',
  '~/.netrc',
  '**/.env',
  '**/*.pem',
  '**/*_rsa',
  '**/*_ed25519',
  '**/.anthropic/**',
  '**/.openai/**',
];

/** Files that decide how agents and mlld itself behave. */
const CONTROL_FILES: readonly string[] = ['.claude/**', '.codex/**', '.mlld/**', '.cursor/**', '.continue/**'];

/** True when the command is on the list and no entry of `granted` lifts it. */
export function isDangerousCommand(fact: CommandFact, granted: CapabilitySet | null): boolean {
  const patterns = BY_PROGRAM.get(fact.program.startsWith('mkfs.') ? 'mkfs' : fact.program);
  if (!patterns) return false;
  const name = fact.program.startsWith('mkfs.') ? { ...fact, program: 'mkfs' } : fact;
  return patterns.some((pattern) => refuses(pattern, name, 'word') && !liftsCommand(pattern, name, granted));
}

/** True when the file is on the list and no entry of `granted` lifts it. */
export function isDangerousFile(
  mode: 'read' | 'write',
  path: string,
  places: Places,
  granted: CapabilitySet | null,
): boolean {
  const patterns = mode === 'read' ? SECRET_FILES : [...SECRET_FILES, ...CONTROL_FILES];
  if (!patterns.some((pattern) => matchPath(pattern, path, places))) return false;
  if (!granted) return true;
  return !granted.all && !(granted.fs?.[mode] ?? []).some((pattern) => matchPath(pattern, path, places));
}

/** True when `granted` lifts the danger of reading credentials from the keychain. */
export function grantsKeychain(granted: CapabilitySet | null): boolean {
  return granted !== null && (granted.all || granted.names.includes('keychain'));
}

function liftsCommand(pattern: string, fact: CommandFact, granted: CapabilitySet | null): boolean {
  if (!granted) return false;
  return granted.all || (granted.cmd ?? []).some((entry) => grants(entry, fact) || coversPattern(entry, pattern));
}
