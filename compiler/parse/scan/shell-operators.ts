/** Operators that commands may not contain outside quotes (language.md 6.3). */

const OPERATORS: [operator: string, code: string][] = [
  ['&&', 'cmd-and'],
  ['||', 'cmd-or'],
  ['>>', 'cmd-redirection'],
  ['<<', 'cmd-redirection'],
  ['&>', 'cmd-redirection'],
  ['&', 'cmd-background'],
  [';', 'cmd-semicolon'],
  ['>', 'cmd-redirection'],
  ['<', 'cmd-redirection'],
];

/** The operator at an offset and the message that refuses it. */
export function shellOperator(source: string, at: number): { operator: string; code: string } {
  for (const [operator, code] of OPERATORS) {
    if (source.startsWith(operator, at)) return { operator, code };
  }
  return { operator: source[at] ?? '', code: 'cmd-background' };
}
