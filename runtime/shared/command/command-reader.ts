/**
 * The middle layer of the shell reader: simple commands with their assignments, redirections and
 * here-documents.
 */

import { assignmentName, expandBraces, staticText, type Word } from './word.js';
import { WordReader } from './word-reader.js';

export interface Redirect {
  operator: string;
  /** The word after the operator; for a here-document its body. */
  target: Word;
}

export interface SimpleCommand {
  assignments: Word[];
  words: Word[];
  redirects: Redirect[];
  /** True when the command's name is that of a function certainly defined before it. */
  isFunction: boolean;
}

export function emptyCommand(): SimpleCommand {
  return { assignments: [], words: [], redirects: [], isFunction: false };
}

const METACHARACTER = /[ \t\n;&|()<>]/;
const BARE_WORD = /[^ \t\n;&|()<>'"\\$`#]+/y;
const REDIRECT = /(?:\d+|\{\w+\})?(<<<|<<-|<<|<>|<&|>&|>>|>\||<|>|&>>|&>)/y;

/** Words that open a compound command, go on with one, or close one. */
export const OPENS: ReadonlySet<string> = new Set(['if', 'while', 'until', '{']);
const CONTINUES = ['then', 'elif', 'else', 'do', '!'];
export const CLOSES: ReadonlySet<string> = new Set(['fi', 'done', '}']);
const OTHERS = ['for', 'select', 'case', 'esac', 'function', 'in', '[[', 'time', 'coproc'];
export const RESERVED: ReadonlySet<string> = new Set([...OPENS, ...CONTINUES, ...CLOSES, ...OTHERS]);

/** After these a function's name may mean something else again. */
const REDEFINES = new Set(['unset', 'eval', 'trap', 'source', '.', 'alias', 'builtin', 'command']);

export abstract class CommandReader extends WordReader {
  /** Every simple command read so far. */
  readonly commands: SimpleCommand[] = [];
  /** Names that certainly are functions here. */
  protected readonly functions = new Set<string>();
  /** Here-documents that were announced and begin on the next line. */
  protected readonly heredocs: { redirect: Redirect; delimiter: string; quoted: boolean; stripTabs: boolean }[] = [];

  /** Reads a list up to and including the `)`; the opening parenthesis has been read. */
  protected abstract readNestedList(): void;
  /** A reader of the same kind for a text inside this one. */
  protected abstract readerOf(text: string): CommandReader;

  /** Reads one simple command. */
  protected readSimple(): void {
    const command = emptyCommand();
    let split = false;
    for (;;) {
      this.skipBlanks();
      const char = this.text[this.at];
      if (char === undefined || /[\n;|)]/.test(char) || (char === '&' && this.text[this.at + 1] !== '>')) break;
      if (char === '#') {
        this.skipComment();
        break;
      }
      if (this.readRedirect(command.redirects)) {
        split ||= command.words.length > 0 && command.redirects.at(-1)!.operator.startsWith('&');
        continue;
      }
      // A plain shell reads `a &> f b` as `a & > f b`.
      if (split) this.problem("words after '&>'");
      if (char === '(') {
        if (/=$/.test(command.words.at(-1)?.chars ?? '') && this.text[this.at - 1] === '=') this.readArray();
        else {
          this.problem("unexpected '('");
          this.at++;
          this.readNestedList();
        }
        continue;
      }
      this.addWord(command, this.readWord());
    }
    const name = command.words[0];
    // The shell joins lines before it looks for reserved words, this reader looks for them first.
    if (name && RESERVED.has(name.chars) && /^u+$/.test(name.kinds))
      this.problem(`'${name.chars}' where it is not expected`);
    if (name && REDEFINES.has(staticText(name))) this.functions.clear();
    command.isFunction = name !== undefined && /^u+$/.test(name.kinds) && this.functions.has(name.chars);
    if (command.words.length || command.assignments.length || command.redirects.length) this.commands.push(command);
  }

  private addWord(command: SimpleCommand, word: Word): void {
    if (command.words.length === 0 && assignmentName(word) !== null) {
      command.assignments.push(word);
      if (/^\w+\[/.test(word.chars)) this.arithmetic = true;
      if (word.chars.endsWith('=') && this.text[this.at] === '(') this.readArray();
    } else command.words.push(...expandBraces(word));
  }

  /** `a=( words )`. */
  private readArray(): void {
    this.at++;
    while (this.at < this.text.length && this.text[this.at] !== ')') {
      this.skipLines();
      const before = this.at;
      if (this.text[this.at] !== ')') this.readWord();
      if (this.at === before && this.text[this.at] !== ')') this.at++;
    }
    this.at++;
    const next = this.text[this.at];
    if (next !== undefined && !METACHARACTER.test(next)) this.problem('a word after an array');
  }

  /** The redirections after a compound command. */
  protected readTrailingRedirects(): void {
    const command = emptyCommand();
    do this.skipBlanks();
    while (this.readRedirect(command.redirects));
    if (command.redirects.length) this.commands.push(command);
  }

  /** Reads a redirection, if one begins here. */
  protected readRedirect(redirects: Redirect[]): boolean {
    REDIRECT.lastIndex = this.at;
    const match = REDIRECT.exec(this.text);
    if (!match) return false;
    const operator = match[1]!;
    const after = this.at + match[0].length;
    if (/^[<>]$/.test(operator) && this.text[after] === '(') return false;
    this.at = after;
    this.skipBlanks();
    const redirect: Redirect = { operator, target: this.readWord() };
    redirects.push(redirect);
    if (operator === '<<' || operator === '<<-') {
      const { target } = redirect;
      const quoted = /['"\\]/.test(target.raw);
      if (/\$['"]/.test(target.raw)) this.problem('a delimiter that shells read differently');
      this.heredocs.push({
        redirect,
        delimiter: quoted ? staticText(target) : target.raw,
        quoted,
        stripTabs: operator === '<<-',
      });
    }
    if (redirect.target.raw === '') this.problem(`'${operator}' without a target`);
    return true;
  }

  /** Reads the bodies of the here-documents announced on the line that has just ended. */
  protected readHeredocs(): void {
    for (const { redirect, delimiter, quoted, stripTabs } of this.heredocs.splice(0)) {
      let body = '';
      while (this.at < this.text.length) {
        const line = this.readLine(!quoted);
        const text = stripTabs ? line.replace(/^\t+/, '') : line;
        if (text === delimiter) break;
        body += `${text}\n`;
      }
      redirect.target = this.heredocBody(body, quoted);
    }
  }

  /** One line of a here-document; where quotes are off, a backslash joins it with the next. */
  private readLine(joined: boolean): string {
    let line = '';
    for (;;) {
      const end = this.text.indexOf('\n', this.at);
      const stop = end < 0 ? this.text.length : end;
      line += this.text.slice(this.at, stop);
      this.at = Math.min(stop + 1, this.text.length);
      if (!joined || end < 0 || !/(?:^|[^\\])(?:\\\\)*\\$/.test(line)) return line;
      line = line.slice(0, -1);
    }
  }

  private heredocBody(body: string, quoted: boolean): Word {
    const inner = this.readerOf(body);
    const word = quoted ? inner.literal() : inner.readHeredocText();
    this.commands.push(...inner.commands);
    this.absorb(inner);
    return word;
  }

  /** The word at the current place when it has no quotes or expansions in it, without reading it. */
  protected bareWord(): string | null {
    BARE_WORD.lastIndex = this.at;
    const match = BARE_WORD.exec(this.text);
    if (!match) return null;
    const next = this.text[this.at + match[0].length];
    return next === undefined || METACHARACTER.test(next) ? match[0] : null;
  }

  /** Moves past blanks, newlines (with the here-documents after them) and comments. */
  protected skipLines(): void {
    for (;;) {
      this.skipBlanks();
      const char = this.text[this.at];
      if (char === '\n') {
        this.at++;
        this.readHeredocs();
      } else if (char === '#') this.skipComment();
      else return;
    }
  }

  protected skipComment(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end;
  }
}
