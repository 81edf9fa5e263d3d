/**
 * Values inside `cmd { … }` (language.md 6.2). Whatever a value contains, it reaches the command as
 * data: the shell never takes any of it for an operator, a quote, an expansion or a new command.
 * The only thing an unquoted text keeps is that blanks separate words.
 */

import { type Box, memberOf } from '../box.js';
import { MlldError } from '../errors.js';
import { compactJson, toText } from '../values/display.js';
import { isContainer } from '../values/kinds.js';
import { QuotingScanner } from './quoting.js';

type Place = 'word' | 'double';

/** One piece of a command: text as written, or a value and whether the source puts it in double quotes. */
export type CommandPart = string | readonly [value: Box, quoted: boolean];

/**
 * The text of a whole command. How a value is quoted is decided by the text around it: inside
 * `"$(…)"` a value stands unquoted although quotes are open. A value that is nothing but `'` is a
 * way to write that quote: a pair of them makes one word of the values between them.
 *
 * @throws MlldError VALUE_IN_QUOTING for a value inside backticks or nested single quotes, where
 *   no escaping is safe
 */
export function commandText(parts: readonly CommandPart[]): string {
  const scanner = new QuotingScanner();
  let command = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (typeof part === 'string') {
      scanner.feed(part);
      command += part;
      continue;
    }
    const context = contextOf(scanner, part[1]);
    command = settled(command, scanner);
    scanner.passValue();
    const end = context === 'word' ? closingFragment(parts, i) : i;
    command += end === i ? escapeValue(part[0], context) : quotedRun(parts.slice(i + 1, end));
    i = end;
  }
  return command;
}

/** Double quotes only where text and grammar agree on them: escapes for a bare word are safe in both places. */
function contextOf(scanner: QuotingScanner, quoted: boolean): Place {
  const { context } = scanner;
  if (context === 'single' || context === 'backtick') {
    throw new MlldError(
      'MlldDirective',
      'VALUE_IN_QUOTING',
      `A value cannot be inserted inside ${context === 'single' ? 'nested single quotes' : 'backticks'} of a command`,
      {
        hint: 'Write a substitution as $( … ), and quote the value with double quotes.',
      },
    );
  }
  return quoted ? context : 'word';
}

/** A backslash or `$` at the end of the text would act on the value: it stands for itself. */
function settled(command: string, scanner: QuotingScanner): string {
  if (scanner.endsInEscape) return `${command}\\`;
  return scanner.endsInDollar ? `${command.slice(0, -1)}\\$` : command;
}

function quotedRun(parts: readonly CommandPart[]): string {
  const text = parts.map((part) => (typeof part === 'string' ? part : toText(part[0]))).join('');
  return text === '' ? "''" : escapeWord(text, 'word');
}

/** Where the pair of the quote fragment at `start` stands, or `start` when it is none or has none. */
function closingFragment(parts: readonly CommandPart[], start: number): number {
  if (!isQuote(parts[start])) return start;
  for (let i = start + 1; i < parts.length && typeof parts[i] !== 'string'; i++) if (isQuote(parts[i])) return i;
  return start;
}

function isQuote(part: CommandPart | undefined): boolean {
  return part !== undefined && typeof part !== 'string' && part[0].value === "'";
}

/**
 * The shell source for one value: text, elements of a flat array separated by blanks, or compact
 * JSON as one word.
 *
 * @param quoted whether it stands inside double quotes
 */
export function shellText(b: Box, quoted: boolean): string {
  return escapeValue(b, quoted ? 'double' : 'word');
}

function escapeValue(b: Box, context: Place): string {
  const { value } = b;
  if (b.extra?.joined || !isContainer(value)) return escapeText(toText(b), context);
  if (!Array.isArray(value)) return escapeWord(compactJson(value), context);
  const members = value.map((member) => memberOf(b, member));
  if (members.some((member) => isContainer(member.value))) return escapeWord(compactJson(value), context);
  return members.map((member) => escapeText(toText(member), context)).join(' ');
}

/** Unquoted, newlines separate words like other blanks do; they never end the command. */
function escapeText(text: string, context: Place): string {
  return context === 'word' ? text.replace(/[\n\r]+/g, ' ').replace(SPECIAL, '\\$&') : escapeQuoted(text);
}

/** Unquoted, blanks are protected; a newline cannot be escaped by a backslash. */
function escapeWord(text: string, context: Place): string {
  return context === 'word'
    ? text.replace(SPECIAL_OR_BLANK, (char) => (char === '\n' ? "'\n'" : `\\${char}`))
    : escapeQuoted(text);
}

/** Everything but letters, digits, blanks and characters no shell gives a meaning. */
const SPECIAL = /[^A-Za-z0-9_ \t\u0080-\uffff./:@%+,-]/g;
const SPECIAL_OR_BLANK = /[^A-Za-z0-9_\u0080-\uffff./:@%+,-]/g;

/** The four characters that mean something inside double quotes. */
function escapeQuoted(text: string): string {
  return text.replace(/[\\"$`]/g, '\\$&');
}

/** What `with { stdin: … }` and a pipe into a command write (language.md 6.6). Its mark is `b.deep`. */
export function commandStdin(b: Box): string {
  const { value } = b;
  if (value === null || value === undefined) return b.extra?.text ?? '';
  if (b.extra?.joined || !isContainer(value)) return toText(b);
  if (!Array.isArray(value)) return compactJson(value);
  const members = value.map((member) => memberOf(b, member));
  return members.some((member) => isContainer(member.value)) ? compactJson(value) : members.map(toText).join('\n');
}
