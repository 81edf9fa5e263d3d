/** Names that have a value although no directive binds them (language.md 12). */

/** Names that stand for their value in code and in template text alike. */
const EVERYWHERE = [
  'p',
  'pipeline',
  'input',
  'now',
  'root',
  'base',
  'fm',
  'frontmatter',
  'payload',
  'state',
  'output',
] as const;

/** The names in expressions. `mx` has code of its own. */
export const AMBIENT: ReadonlySet<string> = new Set([...EVERYWHERE, 'debug', 'keychain', 'time', 'stdin']);

/** The names in template text; any other unbound name is text as written (language.md 2.3). */
export const AMBIENT_IN_TEXT: ReadonlySet<string> = new Set([...EVERYWHERE, 'mx']);

/** Functions of guards (security.md 3.3). */
export const GUARD_HELPERS: ReadonlySet<string> = new Set([
  'opIs',
  'opHas',
  'opHasAny',
  'opHasAll',
  'inputHas',
  'prefixWith',
  'tagValue',
]);

/**
 * Names that mean the same in every guard: what decides cannot be put out of action by what the
 * module around it, or one it imports, gives the same name.
 */
export const GUARD_NAMES: ReadonlySet<string> = new Set([...GUARD_HELPERS, 'mx', 'input', 'output']);
