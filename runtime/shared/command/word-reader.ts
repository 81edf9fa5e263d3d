/**
 * The lexical half of the shell reader: words with their quoting, expansions and substitutions.
 *
 * A text may be run by Bash or by a plain POSIX shell, and a few constructs mean different things
 * to them. Where the difference decides what is a command, both readings are reported, or the text
 * counts as undecidable.
 */

import { readAnsiC } from './ansi-c.js';
import { addChar, addUnknown, emptyWord, literalWord, type Word } from './word.js';

/** Constructs nested deeper than this are not read; the text counts as undecidable. */
const DEPTH_LIMIT = 32;

/** Longer than this, `((…` is read as nested subshells. */
const ARITHMETIC_LIMIT = 1000;

const NAME = /[A-Za-z_]\w*|[0-9@*#?$!_-]/y;

export abstract class WordReader {
  /** Offset of the next character. */
  protected at = 0;
  /** What could not be read. */
  readonly problems: string[] = [];
  /** True when the text evaluates arithmetic, which runs substitutions hidden in values. */
  arithmetic = false;
  /** True when a quoted text looks like an array index with a substitution in it. */
  hiddenIndex = false;

  private level = 0;

  constructor(
    protected readonly text: string,
    protected readonly depth = 0,
  ) {
    if (depth > DEPTH_LIMIT) {
      this.problem('substitutions nested too deeply');
      this.at = text.length;
    }
  }

  /** Reads the list of commands of `$(…)` or `<(…)` up to and including the `)`. */
  protected abstract readSubstitutedList(): void;
  /** Reads the commands of a separate text. */
  protected abstract readNestedText(text: string): void;

  /** Counts one level of nesting; false (and the rest is given up) when there are too many. */
  protected descend(): boolean {
    if (++this.level + this.depth <= DEPTH_LIMIT) return true;
    this.problem('constructs nested too deeply');
    this.at = this.text.length;
    return false;
  }

  protected ascend(): void {
    this.level--;
  }

  protected problem(message: string): void {
    this.problems.push(message);
  }

  protected absorb(inner: WordReader): void {
    this.problems.push(...inner.problems);
    this.arithmetic ||= inner.arithmetic;
    this.hiddenIndex ||= inner.hiddenIndex;
  }

  protected skipBlanks(): void {
    for (;;) {
      const char = this.text[this.at];
      if (char === ' ' || char === '\t') this.at++;
      else if (char === '\\' && this.text[this.at + 1] === '\n') this.at += 2;
      else return;
    }
  }

  /** Reads one word; at a metacharacter the word is empty and nothing is consumed. */
  protected readWord(): Word {
    const word = emptyWord();
    const start = this.at;
    while (this.at < this.text.length) {
      const char = this.text[this.at]!;
      if ((char === '<' || char === '>') && this.text[this.at + 1] === '(') this.readProcess(word);
      else if (/[ \t\n;&|()<>]/.test(char)) break;
      else if (char === "'") this.readSingleQuotes(word);
      else if (char === '"') this.readDoubleQuotes(word);
      else if (char === '$') this.readDollar(word, false);
      else if (char === '`') this.readBackquotes(word, false);
      else if (char === '\\') this.readEscape(word);
      else {
        addChar(word, char, 'u');
        this.at++;
      }
    }
    word.raw = this.text.slice(start, this.at);
    return word;
  }

  /** The whole text as one literal word (a quoted here-document). */
  literal(): Word {
    this.noteHidden(this.text);
    return literalWord(this.text);
  }

  /** The whole text as it stands in an unquoted here-document: expansions happen, quotes do not. */
  readHeredocText(): Word {
    const word = emptyWord();
    while (this.at < this.text.length) this.readQuotedChar(word);
    word.raw = this.text;
    return word;
  }

  private readEscape(word: Word): void {
    const next = this.text[this.at + 1];
    if (next !== '\n') addChar(word, next ?? '\\', 'q');
    this.at += 2;
  }

  private readSingleQuotes(word: Word): void {
    const end = this.text.indexOf("'", this.at + 1);
    if (end < 0) this.problem('a quote that is not closed');
    const stop = end < 0 ? this.text.length : end;
    const text = this.text.slice(this.at + 1, stop);
    this.noteHidden(text);
    addChar(word, text, 'q');
    this.at = stop + 1;
  }

  private readDoubleQuotes(word: Word): void {
    this.at++;
    while (this.at < this.text.length && this.text[this.at] !== '"') this.readQuotedChar(word);
    if (this.at >= this.text.length) this.problem('a quote that is not closed');
    this.at++;
  }

  /** One step inside double quotes. */
  private readQuotedChar(word: Word): void {
    const char = this.text[this.at]!;
    if (char === '$') this.readDollar(word, true);
    else if (char === '`') this.readBackquotes(word, true);
    else if (char === '\\' && /[$`"\\\n]/.test(this.text[this.at + 1] ?? '')) {
      const escaped = this.text[this.at + 1]!;
      if (escaped !== '\n') addChar(word, escaped, 'q');
      if (escaped === '$' || escaped === '`')
        this.noteHidden(this.text.slice(this.at - 40, this.at + 3).replace(/\\/g, ''));
      this.at += 2;
    } else {
      addChar(word, char, 'q');
      this.at++;
    }
  }

  /** Everything that begins with `$`. */
  private readDollar(word: Word, quoted: boolean): void {
    const next = this.text[this.at + 1];
    if (next === '\\' && this.text[this.at + 2] === '\n') this.problem('an expansion broken across lines');
    if (next === "'" && !quoted) {
      const { text, end } = readAnsiC(this.text, this.at + 2);
      if (end > this.text.length) this.problem('a quote that is not closed');
      // To a plain shell the quotes end at the first quote, escaped or not.
      if (/\\'/.test(this.text.slice(this.at, end - 1))) this.problem('a quote that shells read differently');
      this.noteHidden(text);
      addChar(word, text, 'q');
      this.at = Math.min(end, this.text.length);
    } else if (next === '"' && !quoted) {
      this.at++;
      this.readDoubleQuotes(word);
    } else if (next === '(') this.readSubstitution(word, quoted);
    else if (next === '{') this.readParameter(word, quoted);
    else if (next === '[') this.readOldArithmetic(word, quoted);
    else {
      NAME.lastIndex = this.at + 1;
      const name = NAME.exec(this.text);
      if (name) addUnknown(word, quoted && name[0] !== '@');
      else addChar(word, '$', quoted ? 'q' : 'u');
      this.at += 1 + (name?.[0].length ?? 0);
    }
  }

  private readSubstitution(word: Word, quoted: boolean): void {
    const arithmetic = this.arithmeticEnd(this.at + 1);
    if (arithmetic >= 0) this.readExpression(this.at + 3, arithmetic, quoted);
    else {
      this.at += 2;
      this.readSubstitutedList();
    }
    addUnknown(word, quoted);
  }

  /** `<(…)` and `>(…)`: the word becomes the name of a pipe. */
  private readProcess(word: Word): void {
    this.at += 2;
    this.readSubstitutedList();
    addUnknown(word, true);
  }

  private readBackquotes(word: Word, quoted: boolean): void {
    let code = '';
    let at = this.at + 1;
    while (at < this.text.length && this.text[at] !== '`') {
      if (this.text[at] === '\\' && (quoted ? /[$`\\"]/ : /[$`\\]/).test(this.text[at + 1] ?? '')) at++;
      code += this.text[at++] ?? '';
    }
    if (at >= this.text.length) this.problem('a backquote that is not closed');
    this.at = at + 1;
    this.readNestedText(code);
    addUnknown(word, quoted);
  }

  /** `${…}`; the words inside may hold substitutions of their own. */
  private readParameter(word: Word, quoted: boolean): void {
    if (!this.descend()) return;
    const start = this.at;
    const inner = emptyWord();
    this.at += 2;
    while (this.at < this.text.length && this.text[this.at] !== '}') {
      const char = this.text[this.at]!;
      if (char === "'" && !quoted) this.readSingleQuotes(inner);
      else if (char === '"') this.readDoubleQuotes(inner);
      else if (char === '\\') this.readEscape(inner);
      else if (char === '$') this.readDollar(inner, quoted);
      else if (char === '`') this.readBackquotes(inner, quoted);
      else if (/[<>]/.test(char) && this.text[this.at + 1] === '(' && !quoted) this.readProcess(inner);
      else this.at++;
    }
    this.ascend();
    if (this.at >= this.text.length) this.problem("'${' that is not closed");
    this.at++;
    const source = this.text.slice(start, this.at);
    // Which quotes count inside quotes depends on the operator and on the shell.
    if (quoted && source.includes("'")) this.problem('quotes that shells read differently');
    // `${x@P}` expands its value like a prompt, and a prompt may contain substitutions.
    if (/@P\}$/.test(source)) this.problem('an expansion that runs the text of a variable');
    if (/\[/.test(source)) this.arithmetic = true;
    addUnknown(word, quoted && !/[@!*]/.test(source));
  }

  /** `$[…]`, which a plain shell does not know. */
  private readOldArithmetic(word: Word, quoted: boolean): void {
    this.problem("the obsolete '$[…]'");
    const end = this.text.indexOf(']', this.at);
    this.readArithmetic(this.at + 2, end < 0 ? this.text.length : end, quoted);
    this.at = end < 0 ? this.text.length : end + 1;
    addUnknown(word, quoted);
  }

  /**
   * Where the expression of `((…))` ends, when the text at `open` is one; -1 when the parentheses
   * are a subshell in another. The two are told apart by the last two parentheses being adjacent.
   */
  protected arithmeticEnd(open: number): number {
    if (this.text[open] !== '(' || this.text[open + 1] !== '(') return -1;
    let depth = 2;
    const limit = Math.min(this.text.length, open + ARITHMETIC_LIMIT);
    for (let at = open + 2; at < limit; at++) {
      const char = this.text[at];
      if (char === '(') depth++;
      else if (char === ')' && --depth === 1) return this.text[at + 1] === ')' ? at : -1;
    }
    return -1;
  }

  /**
   * Like `readArithmetic`, where a subshell could stand in the same place. Quotes could hide which
   * parentheses belong together, and words side by side are a command; no expression needs them.
   */
  protected readExpression(start: number, end: number, quoted: boolean): void {
    const expression = this.text.slice(start, end).replace(/\$\([^()]*\)|`[^`]*`/g, '0');
    if (/['"\\;\n]|[A-Za-z_]\w*[ \t]+[\w$./~]/.test(expression)) this.problem('parentheses that may hold commands');
    this.readArithmetic(start, end, quoted);
  }

  /** Reads the substitutions in an arithmetic expression and moves past it. */
  protected readArithmetic(start: number, end: number, quoted: boolean): void {
    if (!this.descend()) return;
    this.arithmetic = true;
    const word = emptyWord();
    this.at = start;
    while (this.at < end) {
      const char = this.text[this.at];
      if (char === '$') this.readDollar(word, quoted);
      else if (char === '`') this.readBackquotes(word, quoted);
      else this.at++;
    }
    this.ascend();
    this.at = Math.max(this.at, end + 2);
  }

  /** Arithmetic evaluates the values of variables: `x='a[$(cmd)]'; ((x))` runs cmd. */
  private noteHidden(text: string): void {
    if (/\[[^\]]{0,200}(?:\$\(|`)/.test(text)) this.hiddenIndex = true;
  }
}
