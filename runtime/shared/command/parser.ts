/**
 * Reads a POSIX or Bash text into the simple commands it contains, wherever they stand: in lists,
 * pipelines, groups, compound commands, functions, here-documents and every kind of substitution.
 * The reader never fails: what it cannot read is noted in `problems`, and a text with problems
 * counts as undecidable.
 */

import { WordReader } from './word-reader.js';
import { assignmentName, expandBraces, staticText, type Word } from './word.js';

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

const METACHARACTER = /[ \t\n;&|()<>]/;
const BARE_WORD = /[^ \t\n;&|()<>'"\\$`#]+/y;
const FUNCTION_HEAD = /([^ \t\n;&|()<>'"\\$`]+)[ \t]*\([ \t]*\)/y;
const REDIRECT = /(?:\d+|\{\w+\})?(<<<|<<-|<<|<>|<&|>&|>>|>\||<|>|&>>|&>)/y;
const OPENS = new Set(['if', 'while', 'until', '{']);
const CONTINUES = new Set(['then', 'elif', 'else', 'do', '!']);
const CLOSES = new Set(['fi', 'done', '}']);
const RESERVED = new Set([...OPENS, ...CONTINUES, ...CLOSES, 'for', 'select', 'case', 'esac', 'function', 'in', '[[', 'time', 'coproc']);
/** After these a function's name may mean something else again. */
const REDEFINES = new Set(['unset', 'eval', 'trap', 'source', '.', 'alias', 'builtin', 'command']);
const NUMERIC_TEST = /^-(?:eq|ne|lt|le|gt|ge|v)$/;

export class ShellParser extends WordReader {
  readonly commands: SimpleCommand[] = [];
  private readonly heredocs: { redirect: Redirect; delimiter: string; quoted: boolean; stripTabs: boolean }[] = [];
  private readonly functions = new Set<string>();
  private pendingFunction: { name: string; nesting: number } | null = null;
  /** How many compound commands and substitutions surround the current place. */
  private nesting = 0;
  private afterConnector = false;

  /** Reads the whole text. */
  parse(): this {
    while (this.at < this.text.length) {
      this.readList(null);
      if (this.at < this.text.length) {
        this.problem(`unexpected '${this.text[this.at]}'`);
        this.at++;
      }
    }
    this.readHeredocs();
    return this;
  }

  /** Reads commands up to the closing `)`, or up to the end of a case clause. */
  private readList(end: ')' | 'clause' | null): void {
    while (this.at < this.text.length) {
      this.skipBlanks();
      const char = this.text[this.at];
      if (char === undefined) return this.separator(';');
      if (char === ')' && end !== 'clause') return this.separator(';');
      if (char === ')') this.problem("unexpected ')'");
      if (char === ';' && /^;[;&]/.test(this.text.slice(this.at, this.at + 2))) {
        if (end === 'clause') return;
        this.at++;
      }
      if (end === 'clause' && this.bareWord() === 'esac') return;
      if (char === '\n') {
        this.at++;
        this.readHeredocs();
        this.separator(';');
      } else if (char === '#') this.skipComment();
      else if (char === '(') this.readParenthesis();
      else if (char === '&' && this.text[this.at + 1] === '>') this.readCommand();
      else if (';&|)'.includes(char)) this.readOperator();
      else this.readCommand();
    }
  }

  /** Here-documents outside a substitution begin after it, and those inside have to end in it. */
  protected override readSubstitutedList(): void {
    const outside = this.heredocs.splice(0);
    this.readNestedList();
    if (this.heredocs.length) this.problem('a here-document that does not begin');
    this.heredocs.splice(0, this.heredocs.length, ...outside);
  }

  /** Reads a list up to and including the `)`; the opening parenthesis has been read. */
  private readNestedList(): void {
    if (!this.descend()) return;
    const outer = this.enter();
    this.readList(')');
    if (this.text[this.at] === ')') this.at++;
    else this.problem("missing ')'");
    this.leave(outer);
    this.ascend();
  }

  /** Reads the commands of a text of its own (backquotes), which the same limits apply to. */
  protected override readNestedText(text: string): void {
    const inner = new ShellParser(text, this.depth + 1).parse();
    this.commands.push(...inner.commands);
    this.absorb(inner);
  }

  private readOperator(): void {
    const operator = /(?:&&|\|\||\|&|[;&|)])/y;
    operator.lastIndex = this.at;
    const text = operator.exec(this.text)![0];
    this.at += text.length;
    this.separator(text);
  }

  /** Notes what a separator says about the function definition before it and the command after it. */
  private separator(operator: string): void {
    const pending = this.pendingFunction;
    if (pending && pending.nesting === this.nesting) {
      if (operator === ';') this.functions.add(pending.name);
      this.pendingFunction = null;
    }
    this.afterConnector = operator !== ';';
  }

  private readParenthesis(): void {
    const arithmetic = this.arithmeticEnd(this.at);
    if (arithmetic >= 0) {
      this.readAsSubshell(this.text.slice(this.at + 2, arithmetic));
      this.readExpression(this.at + 2, arithmetic, false);
    } else {
      this.at++;
      this.readNestedList();
    }
    this.readTrailingRedirects();
  }

  /** A plain shell reads `((…))` as nested subshells. What is no name of a program is left out. */
  private readAsSubshell(text: string): void {
    const { commands } = new ShellParser(text, this.depth + 1).parse();
    this.commands.push(...commands.filter(({ words }) => !words[0] || !/[+*%=!?:,~^]|^\d*$/.test(words[0].chars)));
  }

  private readCommand(): void {
    const word = this.bareWord();
    if (word !== null && this.readReserved(word)) return;
    if (word !== null && this.readFunctionHead()) return;
    this.readSimple();
  }

  /** Reads a reserved word at the place of a command, and what belongs to it. */
  private readReserved(word: string): boolean {
    if (OPENS.has(word)) this.nesting++;
    else if (CLOSES.has(word)) this.nesting = Math.max(0, this.nesting - 1);
    else if (!RESERVED.has(word) || word === 'in' || word === 'esac') return false;
    this.at += word.length;
    if (CLOSES.has(word)) this.readTrailingRedirects();
    else if (word === 'time') this.readOption('-p');
    else if (word === 'coproc') this.readCoprocName();
    else if (word === 'for' || word === 'select') this.readFor();
    else if (word === 'case') this.readCase();
    else if (word === 'function') this.readFunctionKeyword();
    else if (word === '[[') this.readTest();
    return true;
  }

  private readFunctionHead(): boolean {
    FUNCTION_HEAD.lastIndex = this.at;
    const match = FUNCTION_HEAD.exec(this.text);
    if (!match) return false;
    this.at += match[0].length;
    this.define(match[1]!);
    return true;
  }

  private readFunctionKeyword(): void {
    this.skipBlanks();
    const name = this.bareWord();
    if (name === null) return;
    this.at += name.length;
    const parentheses = /[ \t]*\([ \t]*\)/y;
    parentheses.lastIndex = this.at;
    this.at += parentheses.exec(this.text)?.[0].length ?? 0;
    this.define(name);
  }

  private define(name: string): void {
    if (this.nesting === 0 && !this.afterConnector) this.pendingFunction = { name, nesting: 0 };
  }

  private readOption(option: string): void {
    this.skipBlanks();
    if (this.bareWord() === option) this.at += option.length;
  }

  /** `coproc NAME { … }`: a name only when a compound command follows. */
  private readCoprocName(): void {
    const named = /[ \t]+\w+[ \t]+(?=[{(])/y;
    named.lastIndex = this.at;
    this.at += named.exec(this.text)?.[0].length ?? 0;
  }

  private readFor(): void {
    this.nesting++;
    this.skipBlanks();
    const arithmetic = this.arithmeticEnd(this.at);
    if (arithmetic >= 0) return this.readArithmetic(this.at + 2, arithmetic, false);
    this.readWord();
    this.skipBlanks();
    if (this.bareWord() !== 'in') return;
    this.at += 2;
    this.skipBlanks();
    while (this.at < this.text.length && !/[\n;&|()<>#]/.test(this.text[this.at]!)) {
      this.readWord();
      this.skipBlanks();
    }
  }

  private readCase(): void {
    if (!this.descend()) return;
    const outer = this.enter();
    this.skipBlanks();
    this.readWord();
    this.skipLines();
    if (this.bareWord() === 'in') this.at += 2;
    else this.problem("'case' without 'in'");
    for (;;) {
      this.skipLines();
      if (this.at >= this.text.length) {
        this.problem("'case' without 'esac'");
        break;
      }
      if (this.bareWord() === 'esac') {
        this.at += 4;
        break;
      }
      if (this.text[this.at] === '(') this.at++;
      this.readPatterns();
      this.readList('clause');
      const terminator = /;(?:;&|;|&)/y;
      terminator.lastIndex = this.at;
      this.at += terminator.exec(this.text)?.[0].length ?? 0;
    }
    this.leave(outer);
    this.ascend();
    this.readTrailingRedirects();
  }

  /** The patterns of a clause, up to and including `)`. */
  private readPatterns(): void {
    while (this.at < this.text.length && this.text[this.at] !== ')') {
      this.skipLines();
      const before = this.at;
      if (this.text[this.at] === '|') this.at++;
      else if (this.text[this.at] !== ')') this.readWord();
      if (this.at === before && this.text[this.at] !== ')') {
        this.problem('a case pattern that cannot be read');
        this.at++;
      }
    }
    this.at++;
  }

  /**
   * `[[ … ]]`: to Bash nothing but the substitutions in its words run. To a plain shell `[[` is a
   * program, so what follows an operator is a command; it gives up at a parenthesis.
   */
  private readTest(): void {
    let foreign = false;
    let operator: string | null = null;
    for (;;) {
      if (this.text[this.at] === '\n') operator = ';';
      this.skipLines();
      const char = this.text[this.at];
      if (char === undefined) return this.problem("'[[' without ']]'");
      const before = this.at;
      const word = this.readWord();
      if (word.chars === ']]' && word.kinds === 'uu') break;
      if (NUMERIC_TEST.test(word.chars)) this.arithmetic = true;
      if (this.at !== before) {
        const known = /^[uq]*$/.test(word.kinds);
        if (!foreign && operator !== null && word.chars !== '!' && !word.chars.startsWith('-') && (known || operator !== '&&')) {
          this.problem("'[[' where a plain shell runs a command");
        }
        if (word.chars !== '!') operator = null;
      } else operator = this.readTestOperator(char, operator);
      foreign ||= char === '(' || this.text[this.at] === '(';
    }
    this.readTrailingRedirects();
  }

  /** An operator inside `[[`; the redirections of a plain shell are those of a command of its own. */
  private readTestOperator(char: string, before: string | null): string | null {
    if (char === '<' || char === '>') {
      const command: SimpleCommand = { assignments: [], words: [], redirects: [], isFunction: false };
      this.readRedirect(command.redirects);
      this.commands.push(command);
      return before;
    }
    const text = /^(?:&&|\|\||.)/.exec(this.text.slice(this.at, this.at + 2))![0];
    this.at += text.length;
    return text === '(' || text === ')' ? before : text;
  }

  private readSimple(): void {
    const command: SimpleCommand = { assignments: [], words: [], redirects: [], isFunction: false };
    for (;;) {
      this.skipBlanks();
      const char = this.text[this.at];
      if (char === undefined || /[\n;|)]/.test(char) || (char === '&' && this.text[this.at + 1] !== '>')) break;
      if (char === '#') {
        this.skipComment();
        break;
      }
      if (this.readRedirect(command.redirects)) continue;
      // A plain shell reads `a &> f b` as `a & > f b`.
      if (command.words.length > 0 && command.redirects.some(({ operator }) => operator.startsWith('&'))) {
        this.problem("words after '&>'");
      }
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
    if (name && RESERVED.has(name.chars) && /^u+$/.test(name.kinds)) this.problem(`'${name.chars}' where it is not expected`);
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

  private readTrailingRedirects(): void {
    const command: SimpleCommand = { assignments: [], words: [], redirects: [], isFunction: false };
    do this.skipBlanks();
    while (this.readRedirect(command.redirects));
    if (command.redirects.length) this.commands.push(command);
  }

  private readRedirect(redirects: Redirect[]): boolean {
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
      this.heredocs.push({ redirect, delimiter: quoted ? staticText(target) : target.raw, quoted, stripTabs: operator === '<<-' });
    }
    if (redirect.target.raw === '') this.problem(`'${operator}' without a target`);
    return true;
  }

  /** Reads the bodies of the here-documents announced on the line that has just ended. */
  private readHeredocs(): void {
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
    const inner = new ShellParser(body, this.depth + 1);
    const word = quoted ? inner.literal() : inner.readHeredocText();
    this.commands.push(...inner.commands);
    this.absorb(inner);
    return word;
  }

  private enter(): { nesting: number; connector: boolean; pending: ShellParser['pendingFunction'] } {
    const outer = { nesting: this.nesting, connector: this.afterConnector, pending: this.pendingFunction };
    this.nesting++;
    this.pendingFunction = null;
    return outer;
  }

  private leave(outer: { nesting: number; connector: boolean; pending: ShellParser['pendingFunction'] }): void {
    this.nesting = outer.nesting;
    this.afterConnector = outer.connector;
    this.pendingFunction = outer.pending;
  }

  /** The word at the current place when it has no quotes or expansions in it, without reading it. */
  private bareWord(): string | null {
    BARE_WORD.lastIndex = this.at;
    const match = BARE_WORD.exec(this.text);
    if (!match) return null;
    const next = this.text[this.at + match[0].length];
    return next === undefined || METACHARACTER.test(next) ? match[0] : null;
  }

  private skipLines(): void {
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

  private skipComment(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end;
  }
}
