import { matchPath, type Places } from '../glob.js';
import { isDangerousFile } from './danger.js';
import { capabilityDenial } from './denial.js';
import { grantSets } from './grants.js';
import { ALLOWED, type Decision, type Policy } from './types.js';

/**
 * Reading or writing a file: danger first, then the allow list, then the deny list (security.md 5.5).
 *
 * @param path absolute, or null when only the run decides which file it is
 * @param listed whether the allow list concerns it
 */
export function decideFile(
  policy: Policy,
  mode: 'read' | 'write',
  path: string | null,
  places: Places,
  listed = true,
): Decision {
  const reason = `Filesystem ${mode} denied by policy`;
  if (path !== null && isDangerousFile(mode, path, places, policy.danger)) {
    return capabilityDenial(policy, 'capabilities', 'Dangerous capability requires allow.danger', [
      `Add 'fs:${mode[0]}:${path}' to capabilities.danger`,
    ]);
  }
  const matches = (globs: readonly string[] | undefined, unknown: (glob: string) => boolean) =>
    (globs ?? []).some((glob) => (path === null ? unknown(glob) : matchPath(glob, path, places)));
  const granted = grantSets(policy).every((set) => set.all || matches(set.fs?.[mode], (glob) => glob === '**'));
  if (listed && !granted)
    return capabilityDenial(policy, 'capabilities', reason, [`Add 'fs:${mode[0]}:GLOB' to capabilities.allow`]);
  return matches(policy.deny?.fs?.[mode], () => true) ? capabilityDenial(policy, 'capabilities', reason) : ALLOWED;
}
