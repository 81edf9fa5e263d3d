/**
 * Reads a POSIX or Bash text into the simple commands it contains, wherever they stand: in lists,
 * pipelines, groups, compound commands, functions, here-documents and every kind of substitution.
 * The reader never fails: what it cannot read is noted in `problems`, and a text with problems
 * counts as undecidable.
 */

import { CLOSES, CommandReader, emptyCommand, OPENS, RESERVED } from './command-reader.js';

export type { Redirect, SimpleCommand } from './command-reader.js';

const FUNCTION_HEAD = /([^ \t\n;&|()<>'"\\$`]+)[ \t]*\([ \t]*\)/y;
const NUMERIC_TEST = /^-(?:eq|ne|lt|le|gt|ge|v)$/;

export class ShellParser extends CommandReader {
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
      if (char === undefined || (char === ')' && end !== 'clause')) {
        this.separator(';');
        return;
      }
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

  protected override readNestedList(): void {
    if (!this.descend()) return;
    const outer = this.enter();
    this.readList(')');
    if (this.text[this.at] === ')') this.at++;
    else this.problem("missing ')'");
    this.leave(outer);
    this.ascend();
  }

  protected override readerOf(text: string): ShellParser {
    return new ShellParser(text, this.depth + 1);
  }

  /** Reads the commands of a text of its own (backquotes), which the same limits apply to. */
  protected override readNestedText(text: string): void {
    const inner = this.readerOf(text).parse();
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
    const { commands } = this.readerOf(text).parse();
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
    if (arithmetic >= 0) {
      this.readArithmetic(this.at + 2, arithmetic, false);
      return;
    }
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
      if (char === undefined) {
        this.problem("'[[' without ']]'");
        return;
      }
      const before = this.at;
      const word = this.readWord();
      if (word.chars === ']]' && word.kinds === 'uu') break;
      if (NUMERIC_TEST.test(word.chars)) this.arithmetic = true;
      if (this.at !== before) {
        const known = /^[uq]*$/.test(word.kinds);
        if (
          !foreign &&
          operator !== null &&
          word.chars !== '!' &&
          !word.chars.startsWith('-') &&
          (known || operator !== '&&')
        ) {
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
      const command = emptyCommand();
      this.readRedirect(command.redirects);
      this.commands.push(command);
      return before;
    }
    const text = /^(?:&&|\|\||.)/.exec(this.text.slice(this.at, this.at + 2))![0];
    this.at += text.length;
    return text === '(' || text === ')' ? before : text;
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
}
