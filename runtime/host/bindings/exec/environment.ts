/**
 * The environment children get: not the host's, but what programs need to find their way, plus
 * what the project's configuration and the program add. A secret in the user's environment is
 * therefore invisible unless `security.allowedEnvVars` names it (language.md 11.8).
 */

import { HostError } from '../types.js';

/** Names passed on by default, listed in docs/door.md; none of them usually holds a secret. */
export const DEFAULT_NAMES: ReadonlySet<string> = new Set([
  // Who and where.
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'HOSTNAME',
  'PWD',
  'TMPDIR',
  'TMP',
  'TEMP',
  // Language, time and terminal.
  'LANG',
  'LANGUAGE',
  'TZ',
  'TERM',
  'COLORTERM',
  'COLUMNS',
  'LINES',
  'NO_COLOR',
  'FORCE_COLOR',
  'CI',
  // Editors and pagers that commands call.
  'EDITOR',
  'VISUAL',
  'PAGER',
  // Where tools keep their files.
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'XDG_DATA_HOME',
  'XDG_STATE_HOME',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_DIRS',
  'XDG_DATA_DIRS',
  // Where language tool chains are.
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'PYENV_ROOT',
  'PYENV_VERSION',
  'NVM_DIR',
  'VOLTA_HOME',
  'JAVA_HOME',
  'GOPATH',
  'GOROOT',
  'CARGO_HOME',
  'RUSTUP_HOME',
  // Certificates.
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
]);

const DEFAULT_PREFIXES = ['LC_', 'MLLD_'];

/** True when the program may see the variable. */
export function isVisible(name: string, allowed: ReadonlySet<string>): boolean {
  return DEFAULT_NAMES.has(name) || DEFAULT_PREFIXES.some((prefix) => name.startsWith(prefix)) || allowed.has(name);
}

/**
 * The environment of a child: the visible part of the host's, then what the program passes.
 * @throws HostError EXEC_INVALID_ENV for a name or value no environment can hold
 */
export function childEnvironment(
  host: Readonly<Record<string, string | undefined>>,
  allowed: ReadonlySet<string>,
  given: Readonly<Record<string, string>> = {},
): Record<string, string> {
  // A bash that a command starts must not take itself for a remote login and run `.bashrc`.
  const result: Record<string, string> = { SHLVL: '1' };
  for (const [name, value] of Object.entries(host)) {
    if (value !== undefined && isVisible(name, allowed)) result[name] = value;
  }
  for (const [name, value] of Object.entries(given)) {
    if (name === '' || /[=\0]/.test(name)) throw invalid(`'${name}' cannot be the name of an environment variable`);
    if (value.includes('\0'))
      throw invalid(`The value of '${name}' contains a NUL character, which no environment variable can hold`);
    result[name] = value;
  }
  return result;
}

function invalid(message: string): HostError {
  return new HostError('MlldCommandExecution', 'EXEC_INVALID_ENV', message);
}
