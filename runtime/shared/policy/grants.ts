import type { CapabilitySet, Policy } from './types.js';

const NOTHING: readonly CapabilitySet[] = [{ all: false, cmd: null, fs: null, network: null, names: [] }];

/** The allow lists that have to permit; `default: "deny"` is one that lists nothing. */
export function grantSets(policy: Policy): readonly CapabilitySet[] {
  if (policy.allow.length > 0 || policy.default !== 'deny') return policy.allow;
  return NOTHING;
}
