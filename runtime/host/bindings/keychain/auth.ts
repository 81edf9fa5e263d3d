/** Credentials of `auth`, `policy.auth` and `using auth:name` (security.md 7.1 to 7.3). */

import type { KeychainBackend } from './types.js';

/** `"ENV"`, or where the value comes from and the variable a child gets it in. */
export type AuthConfig = string | { readonly from: string; readonly as?: string };

export interface AuthContext {
  /** `projectname` of mlld-config.json. */
  readonly projectName: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly keychain: KeychainBackend;
  /** The policy's decision on a keychain entry, named `service/account`. */
  readonly allowsKeychain: (entry: string) => boolean;
}

/** A credential for the environment of a child. Its value is secret. */
export interface Credential {
  /** Environment variable of the child. */
  readonly variable: string;
  readonly value: string;
  /** Where it was found: `keychain` or `env`. */
  readonly origin: 'keychain' | 'env';
}

export type AuthErrorCode =
  | 'PROJECT_NAME_REQUIRED'
  | 'KEYCHAIN_ENTRY_MISSING'
  | 'KEYCHAIN_PATH_INVALID'
  | 'ENV_AUTH_MISSING'
  | 'AUTH_NOT_CONFIGURED'
  | 'AUTH_SOURCE_INVALID'
  | 'POLICY_CAPABILITY_DENIED';

export class AuthError extends Error {
  override readonly name = 'AuthError';
  /** Class a user sees (security.md 7.3). */
  readonly kind: 'MlldSecurity' | 'MlldInterpreter';
  constructor(
    message: string,
    readonly code: AuthErrorCode,
    /** What to do about it. */
    readonly hint?: string,
  ) {
    super(message);
    this.kind = code === 'POLICY_CAPABILITY_DENIED' ? 'MlldSecurity' : 'MlldInterpreter';
  }
}

/** Service of a project's own entries. */
export function projectService(projectName: string): string {
  return `mlld-box-${projectName}`;
}

/** Where a credential comes from, once its spelling is understood. */
export type AuthSource =
  | { readonly kind: 'keychain'; readonly service: string; readonly account: string; readonly variable: string }
  | { readonly kind: 'env'; readonly name: string; readonly variable: string };

/**
 * Understands an auth config.
 * @param name The name it has in the program; the variable when nothing else names one.
 * @throws AuthError
 */
export function readAuthConfig(name: string, config: AuthConfig, projectName: string | undefined): AuthSource {
  const from = typeof config === 'string' ? 'keychain' : config.from;
  const variable =
    (typeof config === 'string' ? config : config.as) ?? (from.startsWith('env:') ? from.slice('env:'.length) : name);
  if (from === 'keychain' || from.startsWith('keychain:')) {
    if (!projectName) {
      throw new AuthError(
        'Keychain access requires projectname in mlld-config.json. Run mlld init or add projectname: "value" to mlld-config.json.',
        'PROJECT_NAME_REQUIRED',
      );
    }
    if (from === 'keychain')
      return { kind: 'keychain', service: projectService(projectName), account: variable, variable };
    return { kind: 'keychain', ...splitEntry(from, projectName), variable };
  }
  if (from.startsWith('env:') && from.length > 'env:'.length)
    return { kind: 'env', name: from.slice('env:'.length), variable };
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(from)?.[0];
  throw new AuthError(
    scheme ? `unsupported auth provider: ${scheme}` : `Unsupported auth source '${from}'`,
    'AUTH_SOURCE_INVALID',
  );
}

/**
 * The value of a named credential. A keychain entry that cannot be read gives way to the
 * environment variable of the same name; a policy's refusal does not.
 * @throws AuthError
 */
export async function resolveAuth(
  name: string,
  configs: Readonly<Record<string, AuthConfig>>,
  context: AuthContext,
): Promise<Credential> {
  if (!Object.hasOwn(configs, name)) {
    throw new AuthError(
      `Auth config '${name}' is not defined. Declare auth @${name} = ... or policy.auth.${name}.`,
      'AUTH_NOT_CONFIGURED',
    );
  }
  const source = readAuthConfig(name, configs[name]!, context.projectName);
  const { variable } = source;
  if (source.kind === 'env') {
    const value = context.env[source.name];
    if (value === undefined)
      throw new AuthError(`Environment variable '${source.name}' is not set`, 'ENV_AUTH_MISSING');
    return { variable, value, origin: 'env' };
  }
  const entry = `${source.service}/${source.account}`;
  if (!context.allowsKeychain(entry))
    throw new AuthError('Keychain access denied by policy', 'POLICY_CAPABILITY_DENIED');
  let reason = '';
  try {
    const value = await context.keychain.get(source.service, source.account);
    if (value !== null) return { variable, value, origin: 'keychain' };
  } catch (error) {
    reason = `. ${(error as Error).message}`;
  }
  const fallback = context.env[variable];
  if (fallback === undefined) {
    throw new AuthError(
      `Keychain entry '${entry}' not found and environment variable '${variable}' is not set${reason}`,
      'KEYCHAIN_ENTRY_MISSING',
      reason === '' ? storeHint(source, context.projectName) : undefined,
    );
  }
  return { variable, value: fallback, origin: 'env' };
}

/** The command that stores an entry where it was looked for. */
function storeHint({ service, account }: AuthSource & { kind: 'keychain' }, projectName = ''): string {
  const word = (text: string) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const other = service === projectService(projectName) ? '' : ` --service ${word(service)}`;
  return `Store it with: mlldc keychain add ${word(account)}${other}`;
}

function splitEntry(from: string, projectName: string): { service: string; account: string } {
  const entry = from.slice('keychain:'.length).replaceAll('{projectname}', projectName);
  const slash = entry.indexOf('/');
  if (slash < 1 || slash === entry.length - 1)
    throw new AuthError(`Invalid keychain path '${from}'`, 'KEYCHAIN_PATH_INVALID');
  return { service: entry.slice(0, slash), account: entry.slice(slash + 1) };
}
