/** Signed files: who may write them and what their signers vouch for (security.md 5.2, 10.3). */

import { matchPath, matchText, type Places } from '../glob.js';
import { distinct } from '../record.js';
import { leaves } from './compose.js';
import { capabilityDenial } from './denial.js';
import { ALLOWED, type Decision, type Policy } from './types.js';

/**
 * Whether `identity` may write the file under `policy.filesystem_integrity`. In each policy the
 * longest pattern that matches decides.
 *
 * @param identity who writes, `user:alice`; null when nobody is known
 */
export function decideIntegrity(
  policies: readonly Policy[],
  path: string,
  identity: string | null,
  places: Places,
): Decision {
  for (const policy of leaves(policies)) {
    const patterns = Object.keys(policy.integrity).filter((pattern) => matchPath(pattern, path, places));
    const longest = patterns.reduce<string | null>(
      (best, pattern) => (best === null || pattern.length > best.length ? pattern : best),
      null,
    );
    if (longest === null) continue;
    const { mutable, authorizedIdentities } = policy.integrity[longest]!;
    const authorized =
      authorizedIdentities === null ||
      (identity !== null && authorizedIdentities.some((pattern) => matchText(pattern, identity)));
    if (mutable === false || !authorized) {
      return capabilityDenial(policy, `filesystem_integrity`, 'Filesystem write denied by integrity policy');
    }
  }
  return ALLOWED;
}

/** Whether any policy says who may write files. */
export function hasIntegrity(policies: readonly Policy[]): boolean {
  return leaves(policies).some((policy) => Object.keys(policy.integrity).length > 0);
}

/** The patterns that keep somebody from writing what they match. */
export function restrictedPatterns(policies: readonly Policy[]): string[] {
  return leaves(policies).flatMap((policy) =>
    Object.keys(policy.integrity).filter((pattern) => {
      const { mutable, authorizedIdentities } = policy.integrity[pattern]!;
      return mutable === false || authorizedIdentities !== null;
    }),
  );
}

/** The labels that a verified signature of `signer` gives to a file. */
export function signerLabels(policies: readonly Policy[], signer: string): string[] {
  const lists = leaves(policies).flatMap((policy) =>
    Object.keys(policy.signers)
      .filter((pattern) => matchText(pattern, signer))
      .map((pattern) => policy.signers[pattern]!),
  );
  return distinct(lists.flat());
}
