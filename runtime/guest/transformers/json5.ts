/**
 * JSON5: what `@parse` accepts (language.md 8.6). Reads without recursion, so that the depth of the
 * data is not limited by the stack.
 */

import { setKey } from '../box.js';

/** A syntax error. Its message is made by `parseJson5`: searching for JSON in prose fails often. */
export class Json5Error extends Error {
  constructor(
    /** Offset of the character nobody expected. */
    readonly position: number,
    /** Offsets of the containers open there: reading any of them alone fails at the same place. */
    readonly open: readonly number[],
  ) {
    super();
  }
}

type Container = unknown[] | Record<string, unknown>;

const BLANK = /[\s\ufeff]+/y;
const LINE_COMMENT = /\/\/[^\n\r\u2028\u2029]*/y;
const DOUBLE_QUOTED = /[^"\\\n\r]*/y;
const SINGLE_QUOTED = /[^'\\\n\r]*/y;
const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$_\u200c\u200d]*/uy;
const NUMBER = /[+-]?(?:Infinity|NaN|0[xX][\da-fA-F]+|(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w$])/y;
const LITERALS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '0': '\0' };

/**
 * The value `text` stands for.
 *
 * @throws Json5Error worded like the format's reference implementation words it
 */
export function parseJson5(text: string): unknown {
  const reader = new Json5Reader(text, 0);
  try {
    const value = reader.value();
    reader.end();
    return value;
  } catch (error) {
    if (error instanceof Json5Error) error.message = describe(text, error.position);
    throw error;
  }
}

function describe(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  const char = text[position];
  const what = char === undefined ? 'invalid end of input' : `invalid character '${JSON.stringify(char).slice(1, -1)}'`;
  return `JSON5: ${what} at ${before.length}:${before.at(-1)!.length + 1}`;
}

/**
 * The value that begins at `start`, whatever follows it, and the offset after it.
 *
 * @throws Json5Error
 */
export function readJson5(text: string, start: number): { value: unknown; end: number } {
  const reader = new Json5Reader(text, start);
  const value = reader.value();
  return { value, end: reader.position };
}

class Json5Reader {
  /** Offsets of the open containers, innermost last. */
  private readonly starts: number[] = [];

  constructor(
    private readonly text: string,
    public position: number,
  ) {}

  value(): unknown {
    const open: Container[] = [];
    const keys: string[] = [];
    for (;;) {
      let value = this.opening(open, keys);
      if (value === OPENED) continue;
      for (;;) {
        const container = open.at(-1);
        if (container === undefined) return value;
        if (Array.isArray(container)) container.push(value);
        else setKey(container, keys.at(-1)!, value);
        if (!this.closes(container, keys)) break;
        open.pop();
        this.starts.pop();
        value = container;
      }
    }
  }

  /** Fails unless nothing but blanks is left. */
  end(): void {
    this.blanks();
    if (this.position < this.text.length) this.fail();
  }

  /** A scalar, an empty container, or `OPENED` after the beginning of one with members. */
  private opening(open: Container[], keys: string[]): unknown {
    this.blanks();
    const char = this.text[this.position];
    if (char !== '{' && char !== '[') return this.scalar();
    this.starts.push(this.position++);
    this.blanks();
    const container: Container = char === '[' ? [] : {};
    if (this.text[this.position] === (char === '[' ? ']' : '}')) {
      this.position++;
      this.starts.pop();
      return container;
    }
    open.push(container);
    if (char === '{') keys.push(this.key());
    return OPENED;
  }

  /** What follows a member: true when the container ends, false when another member comes. */
  private closes(container: Container, keys: string[]): boolean {
    const isArray = Array.isArray(container);
    const closer = isArray ? ']' : '}';
    this.blanks();
    if (this.text[this.position] === ',') {
      this.position++;
      this.blanks();
      if (this.text[this.position] !== closer) {
        if (!isArray) keys[keys.length - 1] = this.key();
        return false;
      }
    }
    if (this.text[this.position] !== closer) this.fail();
    this.position++;
    if (!isArray) keys.pop();
    return true;
  }

  private key(): string {
    const char = this.text[this.position];
    const key = char === '"' || char === "'" ? this.string() : this.match(IDENTIFIER);
    if (key === null) this.fail();
    this.blanks();
    if (this.text[this.position] !== ':') this.fail();
    this.position++;
    return key;
  }

  private scalar(): unknown {
    const char = this.text[this.position];
    if (char === '"' || char === "'") return this.string();
    const number = this.match(NUMBER);
    if (number !== null) return numberOf(number);
    const start = this.position;
    const word = this.match(IDENTIFIER);
    if (word !== null && LITERALS.has(word)) return LITERALS.get(word);
    this.position = start;
    return this.fail();
  }

  private string(): string {
    const quote = this.text[this.position]!;
    const plain = quote === '"' ? DOUBLE_QUOTED : SINGLE_QUOTED;
    let result = '';
    for (;;) {
      this.position++;
      result += this.match(plain);
      const char = this.text[this.position];
      if (char === quote) break;
      if (char !== '\\') this.fail();
      result += this.escape();
    }
    this.position++;
    return result;
  }

  private escape(): string {
    const char = this.text[++this.position];
    if (char === undefined) this.fail();
    if (char === 'u' || char === 'x') return this.codeUnit(char === 'u' ? 4 : 2);
    if (char === '\r' && this.text[this.position + 1] === '\n') this.position++;
    if (char === '\n' || char === '\r' || char === '\u2028' || char === '\u2029') return '';
    if (/[1-9]/.test(char)) this.fail();
    return Object.hasOwn(ESCAPES, char) ? ESCAPES[char]! : char;
  }

  private codeUnit(digits: number): string {
    const hex = this.text.slice(this.position + 1, this.position + 1 + digits);
    if (hex.length < digits || !/^[\da-fA-F]+$/.test(hex)) this.fail();
    this.position += digits;
    return String.fromCharCode(parseInt(hex, 16));
  }

  /** Blanks and comments; most often there are none. */
  private blanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code === 0x2f) {
        if (this.match(LINE_COMMENT) === null) this.blockComment();
      } else if (!(code <= 0x20 || code >= 0x80) || this.match(BLANK) === null) return;
    }
  }

  private blockComment(): void {
    if (this.text[this.position + 1] !== '*') this.fail();
    const end = this.text.indexOf('*/', this.position + 2);
    this.position = end < 0 ? this.text.length : end + 2;
    if (end < 0) this.fail();
  }

  private match(expression: RegExp): string | null {
    expression.lastIndex = this.position;
    if (!expression.test(this.text)) return null;
    const start = this.position;
    this.position = expression.lastIndex;
    return this.text.slice(start, this.position);
  }

  private fail(): never {
    throw new Json5Error(this.position, this.starts);
  }
}

const OPENED = Symbol('a container whose members follow');

function numberOf(text: string): number {
  const sign = text[0] === '-' ? -1 : 1;
  return sign * Number(text.replace(/^[+-]/, ''));
}
