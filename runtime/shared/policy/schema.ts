/**
 * Reading a policy (security.md 5.2). Nothing is ignored: an unknown key, an unknown rule or a
 * value of the wrong type makes the whole policy an error, because a protection that was misspelt
 * and silently dropped is worse than none.
 */

import { distinct, isRecord, record } from '../record.js';
import { LIMITS } from './limits.js';
import { join, Reader } from './reader.js';
import { readAuth, readAuthorizations, readEnvironment, readIntegrity, readKeychain } from './schema-access.js';
import { addSets, readCapabilities } from './schema-capabilities.js';
import { readDefaults } from './schema-defaults.js';
import { nearestName } from './suggest.js';
import type { LabelRule, Policy, PolicyProblem } from './types.js';

const KEYS = [
  'defaults',
  'verify_all_instructions',
  'operations',
  'labels',
  'capabilities',
  'allow',
  'deny',
  'danger',
  'deny_cmd',
  'auth',
  'keychain',
  'env',
  'authorizations',
  'limits',
  'signers',
  'filesystem_integrity',
  'locked',
  'default',
];

/**
 * Parses the data of a policy object.
 *
 * @param data plain data; `{ config: {…} }` is taken for its content
 * @param name the policy's name, with or without `@`
 * @returns the policy in normal form, or every problem there is
 */
export function parsePolicy(data: unknown, name: string): { policy: Policy } | { errors: PolicyProblem[] } {
  const reader = new Reader();
  if (!isRecord(data)) {
    return { errors: [{ path: '', message: `Policy reference '@${bare(name)}' is not a policy configuration` }] };
  }
  const wrapped = Object.keys(data).length === 1 && isRecord(data.config);
  const policy = readPolicy(reader, wrapped ? (data.config as Record<string, unknown>) : data, bare(name));
  return reader.problems.length ? { errors: reader.problems } : { policy };
}

/** A policy that says nothing. */
export function emptyPolicy(name: string): Policy {
  return {
    name: bare(name),
    parts: [],
    defaults: { rules: [], unlabeled: null, trustconflict: null, flow: null, autosign: null, autoverify: null },
    operations: record(),
    labels: record(),
    allow: [],
    deny: null,
    danger: null,
    auth: record(),
    keychain: { provider: null, allow: null, deny: [] },
    env: null,
    authorizations: null,
    limits: record(),
    signers: record(),
    integrity: record(),
    locked: false,
    default: null,
  };
}

/** One line for each problem, as it is shown under the name of the policy. */
export function problemText(problem: PolicyProblem): string {
  const where = problem.path === '' ? '' : `${problem.path}: `;
  return `${where}${problem.message}${problem.suggestion === undefined ? '' : `. Did you mean '${problem.suggestion}'?`}`;
}

function bare(name: string): string {
  return name.replace(/^@/, '');
}

function readPolicy(reader: Reader, data: Record<string, unknown>, name: string): Policy {
  const policy = emptyPolicy(name);
  const given = reader.fields('', 'policy key', data, KEYS)!;
  readDefaults(reader, given, policy);
  if (given.operations !== undefined)
    policy.operations = readLists(reader, 'operations', given.operations, operationLabels);
  if (given.labels !== undefined) policy.labels = readLabels(reader, given.labels);
  if (given.signers !== undefined) policy.signers = readLists(reader, 'signers', given.signers);
  if (given.limits !== undefined) policy.limits = readLimits(reader, given.limits);
  if (given.auth !== undefined) policy.auth = readAuth(reader, given.auth);
  if (given.keychain !== undefined) policy.keychain = readKeychain(reader, given.keychain);
  if (given.env !== undefined) policy.env = readEnvironment(reader, given.env);
  if (given.authorizations !== undefined) policy.authorizations = readAuthorizations(reader, given.authorizations);
  if (given.filesystem_integrity !== undefined) policy.integrity = readIntegrity(reader, given.filesystem_integrity);
  if (given.locked !== undefined) policy.locked = reader.flag('locked', given.locked);
  if (given.default !== undefined) policy.default = reader.oneOf('default', given.default, ['allow', 'deny'] as const);
  readGrants(reader, given, policy);
  return policy;
}

/** Flat and nested forms together: allow lists both have to permit, denials add up, nested danger wins. */
function readGrants(reader: Reader, given: Record<string, unknown>, policy: Policy): void {
  const keys = ['allow', 'deny', 'danger', 'deny_cmd'];
  const nested =
    given.capabilities === undefined
      ? null
      : reader.fields('capabilities', 'capabilities key', given.capabilities, keys);
  const levels: [string, Record<string, unknown>][] = nested
    ? [
        ['capabilities', nested],
        ['', given],
      ]
    : [['', given]];
  for (const [prefix, level] of levels) {
    if (level.allow !== undefined)
      policy.allow.push(readCapabilities(reader, join(prefix, 'allow'), level.allow, 'grant'));
    if (level.danger !== undefined && !policy.danger) {
      policy.danger = readCapabilities(reader, join(prefix, 'danger'), level.danger, 'grant');
    }
    if (level.deny !== undefined) deny(policy, readCapabilities(reader, join(prefix, 'deny'), level.deny, 'deny'));
    if (level.deny_cmd !== undefined) {
      deny(policy, readCapabilities(reader, join(prefix, 'deny_cmd'), { cmd: level.deny_cmd }, 'deny'));
    }
  }
}

function deny(policy: Policy, more: NonNullable<Policy['deny']>): void {
  policy.deny = policy.deny ? addSets(policy.deny, more) : more;
}

function readLists(
  reader: Reader,
  path: string,
  value: unknown,
  list: typeof operationLabels = (reader, path, value) => distinct(reader.texts(path, value)),
): Record<string, string[]> {
  const result = record<string[]>();
  const source = reader.object(path, value);
  if (source) for (const key of Object.keys(source)) result[key] = list(reader, join(path, key), source[key]);
  return result;
}

/** What stands behind `op:` first; anything may be below it. */
const OPERATION_NAMES = 'show cmd sh js node py prose output log append stream run exe import for loop'.split(' ');

/** Labels of operations. Others than the language's own may be meant; one that is nearly such is a slip that matches nothing. */
function operationLabels(reader: Reader, path: string, value: unknown): string[] {
  const labels = reader.texts(path, value);
  for (const label of labels) {
    const [, name, rest = ''] = /^op:([^:]*)(:.*)?$/.exec(label) ?? [];
    const near = name && !OPERATION_NAMES.includes(name) ? nearestName(name, OPERATION_NAMES) : undefined;
    if (near !== undefined) reader.problem(path, `Unknown operation '${label}'`, `op:${near}${rest}`);
  }
  return distinct(labels);
}

function readLabels(reader: Reader, value: unknown): Record<string, LabelRule> {
  const result = record<LabelRule>();
  const source = reader.object('labels', value);
  if (!source) return result;
  for (const label of Object.keys(source)) {
    const path = join('labels', label);
    const rule = reader.fields(path, 'label rule', source[label], ['deny', 'allow']);
    if (!rule) continue;
    const list = (key: 'deny' | 'allow') =>
      rule[key] === undefined ? null : operationLabels(reader, join(path, key), rule[key]);
    result[label] = { deny: list('deny'), allow: list('allow') };
  }
  return result;
}

function readLimits(reader: Reader, value: unknown): Record<string, number> {
  const result = record<number>();
  const source = reader.fields('limits', 'limit', value, LIMITS);
  if (!source) return result;
  for (const key of Object.keys(source)) {
    const limit = source[key];
    if (typeof limit === 'number' && Number.isFinite(limit) && limit >= 0) result[key] = limit;
    else reader.wrongType(join('limits', key), 'a number that is not negative', limit);
  }
  return result;
}
