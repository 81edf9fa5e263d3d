import { isRecord } from '../record.js';
import { intersectSets, union } from './compose.js';
import type { CapabilitySet, Policy } from './types.js';

/**
 * The merged shape that `@mx.policy.configs` shows (security.md 5.1): what policies say, in normal
 * form, without what none of them mentions.
 *
 * @param policies all active policies in the order of their declaration
 */
export function summary(policies: readonly Policy[]): Record<string, unknown> {
  const merged = union(policies, 'policy');
  const capabilities: Record<string, unknown> = {};
  // An empty allow list is shown: it refuses everything.
  if (merged.allow.length) capabilities.allow = showSet(merged.allow.reduce(intersectSets));
  if (merged.deny) capabilities.deny = showSet(merged.deny);
  const rest = mentioned({
    danger: merged.danger ? dangerList(merged.danger) : null,
    defaults: merged.defaults,
    operations: merged.operations,
    labels: merged.labels,
    auth: merged.auth,
    keychain: merged.keychain,
    env: merged.env,
    authorizations: merged.authorizations ? { allow: merged.authorizations } : null,
    limits: merged.limits,
    signers: merged.signers,
    filesystem_integrity: merged.integrity,
    locked: merged.locked || null,
    default: merged.default,
  });
  return { ...capabilities, ...rest };
}

function showSet(set: CapabilitySet): unknown {
  if (set.all) return true;
  const shape: Record<string, unknown> = {};
  if (set.cmd) shape.cmd = set.cmd;
  for (const name of set.names) shape[name] = ['*'];
  if (set.network) shape.network = set.network;
  if (set.fs) shape.filesystem = set.fs;
  return shape;
}

function dangerList(set: CapabilitySet): string[] {
  if (set.all) return ['*'];
  return [
    ...set.names.map((name) => (name === 'keychain' ? '@keychain' : name)),
    ...(set.cmd ?? []).map((pattern) => `cmd:${pattern}`),
    ...(set.fs?.read ?? []).filter((glob) => !set.fs!.write.includes(glob)).map((glob) => `fs:r:${glob}`),
    ...(set.fs?.write ?? []).map((glob) => `fs:w:${glob}`),
    ...(set.network ? ['network'] : []),
  ];
}

/** The value without nulls, empty lists and empty records; undefined if nothing is left. An empty `allow` allows nothing. */
function mentioned(value: Record<string, unknown>): Record<string, unknown> | undefined {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    const kept = isRecord(member) ? mentioned(member) : member;
    if (kept === undefined || kept === null) continue;
    if (Array.isArray(kept) && kept.length === 0 && key !== 'allow') continue;
    result[key] = kept;
  }
  return Object.keys(result).length ? result : undefined;
}
