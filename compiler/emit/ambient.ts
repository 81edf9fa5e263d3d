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
