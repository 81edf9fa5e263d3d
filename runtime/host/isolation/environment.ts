/**
 * The environment a child gets when nobody says more: enough to find programs, a home directory
 * and a language, and none of the credentials that live in environment variables.
 */

const POSIX = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TERM',
  'COLORTERM',
  'TMPDIR',
  'TZ',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

const WINDOWS = [
  'PATH',
  'PATHEXT',
  'COMSPEC',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'USERNAME',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROCESSOR_ARCHITECTURE',
  'NUMBER_OF_PROCESSORS',
  'LANG',
  'TZ',
];

/**
 * The scrubbed environment of a child.
 * @param given Variables added on purpose; they win over inherited ones.
 * @param source The environment to take the harmless variables from.
 */
export function minimalEnvironment(
  given: Readonly<Record<string, string>> = {},
  source: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const env: Record<string, string> = {};
  const names = new Set(process.platform === 'win32' ? WINDOWS : POSIX);
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined) continue;
    // A value that starts with `()` is a function some shells would define.
    if (value.startsWith('()')) continue;
    if (names.has(process.platform === 'win32' ? name.toUpperCase() : name) || name.startsWith('LC_'))
      env[name] = value;
  }
  return Object.assign(env, given);
}
