/**
 * Capability decisions (security.md 5.5, 5.7): may this command, code, file access or network
 * access happen? Every policy decides alone and all have to agree, so adding a policy never allows
 * more.
 */

import { analyzeShell } from '../command/analyze.js';
import { decideCommands } from './commands.js';
import { leaves } from './compose.js';
import { grantsKeychain } from './danger.js';
import { capabilityDenial } from './denial.js';
import { decideFile } from './files.js';
import { grantSets } from './grants.js';
import { keychainAllows } from './keychain.js';
import type { CapabilityContext, CapabilityRequest } from './request.js';
import { ALLOWED, type Capability, type Decision, type Policy } from './types.js';

export type { CapabilityContext, CapabilityRequest } from './request.js';

const LANGUAGE_TITLES = { sh: 'Shell', js: 'JavaScript', node: 'Node', py: 'Python', prose: 'Prose' } as const;

/**
 * Decides a request under all active policies; without policies everything well-formed is allowed.
 *
 * @returns the first refusal, or that the request is allowed. Never throws: a request that cannot
 *   be understood is refused.
 */
export function decideCapability(
  policies: readonly Policy[],
  request: CapabilityRequest,
  context: CapabilityContext,
): Decision {
  try {
    if (!isWellFormed(request))
      return capabilityDenial(null, 'capabilities', `Capability '${kindOf(request)}' denied by policy`);
    for (const policy of leaves(policies)) {
      const decision = decideOne(policy, request, context);
      if (!decision.allow) return decision;
    }
    return ALLOWED;
  } catch {
    return capabilityDenial(null, 'capabilities', 'All operations denied by policy');
  }
}

function decideOne(policy: Policy, request: CapabilityRequest, context: CapabilityContext): Decision {
  if (policy.deny?.all) return capabilityDenial(policy, 'deny', 'All operations denied by policy');
  switch (request.kind) {
    case 'command':
      return decideCommands(policy, analyzeShell(request.text), request.cwd, context);
    case 'shell':
      return first(decideName(policy, 'sh'), () =>
        decideCommands(policy, analyzeShell(request.text), request.cwd, context, true),
      );
    case 'language':
      return decideName(policy, request.language);
    case 'network':
      return decideNetwork(policy, request.domain, request.policy !== true);
    case 'keychain':
      return decideKeychain(policy, request);
    default:
      return decideFile(policy, request.kind, request.path, context.places, request.policy !== true);
  }
}

/** Denials win over grants: a whole capability has no patterns to be more specific with. */
function decideName(policy: Policy, name: Exclude<Capability, 'keychain'>): Decision {
  const reason = `${LANGUAGE_TITLES[name]} access denied by policy`;
  if (policy.deny?.names.includes(name)) return capabilityDenial(policy, `deny.${name}`, reason);
  const granted = grantSets(policy).every((set) => set.all || set.names.includes(name));
  return granted ? ALLOWED : capabilityDenial(policy, `allow.${name}`, reason, [`Add '${name}' to capabilities.allow`]);
}

function decideNetwork(policy: Policy, domain: string, listed: boolean): Decision {
  const reason = 'Network access denied by policy';
  if (policy.deny?.network?.some((pattern) => matchDomain(pattern, domain)))
    return capabilityDenial(policy, 'deny.network', reason);
  const granted = grantSets(policy).every(
    (set) => set.all || set.network?.some((pattern) => matchDomain(pattern, domain)),
  );
  return granted || !listed
    ? ALLOWED
    : capabilityDenial(policy, 'allow.network', reason, [`Add the domain '${domain}' to capabilities.allow.network`]);
}

function decideKeychain(policy: Policy, request: CapabilityRequest & { kind: 'keychain' }): Decision {
  if (!request.standalone && !grantsKeychain(policy.danger)) {
    return capabilityDenial(policy, 'capabilities', 'Dangerous capability requires allow.danger', [
      "Add '@keychain' to capabilities.danger",
    ]);
  }
  const denied =
    policy.deny?.names.includes('keychain') ||
    !keychainAllows(policy.keychain, request.service, request.account, request.project);
  return denied ? capabilityDenial(policy, 'keychain', 'Keychain access denied by policy') : ALLOWED;
}

/** `*`, `example.com`, `*.example.com` (which is not `example.com` itself). */
function matchDomain(pattern: string, domain: string): boolean {
  const name = domain.toLowerCase().replace(/\.$/, '');
  if (pattern === '*' || pattern === name) return true;
  return pattern.startsWith('*.') && name.endsWith(pattern.slice(1));
}

function first(decision: Decision, next: () => Decision): Decision {
  return decision.allow ? next() : decision;
}

function kindOf(request: unknown): string {
  const kind = (request as { kind?: unknown } | null)?.kind;
  return typeof kind === 'string' ? kind : 'unknown';
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  command: ['text'],
  shell: ['text'],
  language: ['language'],
  network: ['domain'],
  read: ['path'],
  write: ['path'],
  keychain: ['service', 'account'],
};

function isWellFormed(request: CapabilityRequest): boolean {
  const kind = kindOf(request);
  if (!Object.hasOwn(FIELDS, kind)) return false;
  const given = request as unknown as Record<string, unknown>;
  if (!FIELDS[kind]!.every((field) => typeof given[field] === 'string')) return false;
  return kind !== 'language' || Object.hasOwn(LANGUAGE_TITLES, given.language as string);
}
