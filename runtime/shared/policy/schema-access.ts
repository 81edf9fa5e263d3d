/** The parts of a policy about credentials, environments and single tools. */

import { globProblem } from '../glob.js';
import { isRecord, record } from '../record.js';
import { join, type Reader } from './reader.js';
import type {
  AllowDeny,
  ArgumentConstraint,
  Authorization,
  AuthSource,
  EnvironmentPolicy,
  IntegrityRule,
  Policy,
  ProviderRule,
} from './types.js';

/** `auth: { name: "ENV" | { from, as } }` (security.md 7.1). */
export function readAuth(reader: Reader, value: unknown): Record<string, AuthSource> {
  const result = record<AuthSource>();
  const source = reader.object('auth', value);
  if (!source) return result;
  for (const name of Object.keys(source)) {
    const path = join('auth', name);
    const entry = source[name];
    if (typeof entry === 'string' && entry !== '') {
      result[name] = { from: 'keychain', as: entry };
      continue;
    }
    const fields = reader.fields(path, 'auth key', entry, ['from', 'as']);
    if (fields)
      result[name] = {
        from: reader.text(join(path, 'from'), fields.from),
        as: reader.text(join(path, 'as'), fields.as),
      };
  }
  return result;
}

/** `keychain: { provider, allow, deny }`, globs on `service/account`. */
export function readKeychain(reader: Reader, value: unknown): Policy['keychain'] {
  const source = reader.fields('keychain', 'keychain key', value, ['provider', 'allow', 'deny']);
  return {
    provider: source?.provider === undefined ? null : reader.text('keychain.provider', source.provider),
    allow: source?.allow === undefined ? null : reader.texts('keychain.allow', source.allow),
    deny: source?.deny === undefined ? [] : reader.texts('keychain.deny', source.deny),
  };
}

/** `env: { default, providers, tools, mcps, net }` (security.md 9.2). */
export function readEnvironment(reader: Reader, value: unknown): EnvironmentPolicy {
  const source = reader.fields('env', 'env key', value, ['default', 'providers', 'tools', 'mcps', 'net']) ?? {};
  const scope = (key: 'tools' | 'mcps' | 'net') =>
    source[key] === undefined ? null : readAllowDeny(reader, `env.${key}`, source[key]);
  return {
    default: source.default === undefined ? null : reader.text('env.default', source.default),
    providers: source.providers === undefined ? record() : readProviders(reader, source.providers),
    tools: scope('tools'),
    mcps: scope('mcps'),
    net: scope('net'),
  };
}

function readProviders(reader: Reader, value: unknown): Record<string, ProviderRule> {
  const result = record<ProviderRule>();
  const source = reader.object('env.providers', value);
  if (!source) return result;
  for (const name of Object.keys(source)) {
    const path = join('env.providers', name);
    if (typeof source[name] === 'boolean') {
      result[name] = { allowed: source[name], auth: [], taint: [], profiles: null };
      continue;
    }
    const rule = reader.fields(path, 'provider key', source[name], ['allowed', 'auth', 'taint', 'profiles']) ?? {};
    result[name] = {
      allowed: rule.allowed === undefined ? true : reader.flag(join(path, 'allowed'), rule.allowed),
      auth: rule.auth === undefined ? [] : reader.texts(join(path, 'auth'), rule.auth),
      taint: rule.taint === undefined ? [] : reader.texts(join(path, 'taint'), rule.taint),
      profiles: rule.profiles ?? null,
    };
  }
  return result;
}

/** A list (what is allowed), `"*"`, a boolean, or `{ allow, deny, attenuation }`. */
function readAllowDeny(reader: Reader, path: string, value: unknown): AllowDeny {
  if (!isRecord(value)) return { allow: readNames(reader, path, value), deny: [] };
  const source = reader.fields(path, 'scope key', value, ['allow', 'deny', 'attenuation'])!;
  const result: AllowDeny = {
    allow: source.allow === undefined ? null : readNames(reader, join(path, 'allow'), source.allow),
    deny: source.deny === undefined ? [] : readNames(reader, join(path, 'deny'), source.deny),
  };
  if (source.attenuation !== undefined) {
    const choice = reader.oneOf(join(path, 'attenuation'), source.attenuation, ['union', 'intersection'] as const);
    if (choice === 'union') result.attenuation = 'union';
  }
  return result;
}

function readNames(reader: Reader, path: string, value: unknown): string[] {
  if (typeof value === 'boolean') return value ? ['*'] : [];
  return reader.texts(path, value);
}

/** `filesystem_integrity: { GLOB: { mutable, authorizedIdentities } }`. */
export function readIntegrity(reader: Reader, value: unknown): Record<string, IntegrityRule> {
  const result = record<IntegrityRule>();
  const source = reader.object('filesystem_integrity', value);
  if (!source) return result;
  for (const glob of Object.keys(source)) {
    const path = join('filesystem_integrity', glob);
    const problem = globProblem(glob);
    if (problem) reader.problem(path, `The pattern '${glob}' ${problem}`);
    const rule = reader.fields(path, 'integrity key', source[glob], ['mutable', 'authorizedIdentities']) ?? {};
    result[glob] = {
      mutable: rule.mutable === undefined ? null : reader.flag(join(path, 'mutable'), rule.mutable),
      authorizedIdentities:
        rule.authorizedIdentities === undefined
          ? null
          : reader.texts(join(path, 'authorizedIdentities'), rule.authorizedIdentities),
    };
  }
  return result;
}

/** `authorizations: { allow: { TOOL: true | { args } } }` with the messages of security.md 5.8. */
export function readAuthorizations(reader: Reader, value: unknown): Record<string, Authorization> | null {
  if (!isRecord(value)) {
    reader.problem('authorizations', 'policy.authorizations must be an object');
    return null;
  }
  reader.fields('authorizations', 'authorizations key', value, ['allow']);
  if (value.allow === undefined) return null;
  const allow = value.allow;
  if (!isRecord(allow)) {
    reader.problem('authorizations.allow', 'policy.authorizations.allow must be an object');
    return null;
  }
  const result = record<Authorization>();
  for (const tool of Object.keys(allow)) result[tool] = readAuthorization(reader, tool, allow[tool]);
  return result;
}

function readAuthorization(reader: Reader, tool: string, value: unknown): Authorization {
  const path = join('authorizations.allow', tool);
  if (value === true) return true;
  if (!isRecord(value)) {
    reader.problem(path, `Authorization entry for '${tool}' must be true or an object`);
    return { args: record() };
  }
  reader.fields(path, 'authorization key', value, ['args']);
  const args = record<ArgumentConstraint>();
  const source = value.args === undefined ? {} : reader.object(join(path, 'args'), value.args);
  for (const name of Object.keys(source ?? {}))
    args[name] = readConstraint(reader, `${tool}.${name}`, join(join(path, 'args'), name), source![name]);
  return Object.keys(args).length === 0 ? true : { args };
}

/** A literal means `{ eq: literal }`; an object has to say which of the two it is. */
function readConstraint(reader: Reader, name: string, path: string, value: unknown): ArgumentConstraint {
  if (!isRecord(value)) return { eq: value };
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === 'eq') return { eq: value.eq };
  if (keys.length === 1 && keys[0] === 'oneOf' && Array.isArray(value.oneOf)) return { oneOf: value.oneOf };
  reader.problem(path, `Constraint for '${name}' must use exactly one of 'eq' or 'oneOf'`);
  return { oneOf: [] };
}
