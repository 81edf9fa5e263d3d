import { blanks, gap, space } from './text.js';

const CLOSERS: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** Statements that an array cannot hold. */
const STATEMENT =
  /(?:=>|(?:let|show|log|output|append|if|bail|checkpoint|done|continue|skip|retry|file|files|var)(?![\w.-]))/y;
/** Statements that are values as well. */
const EITHER = /(?:run|when|for|loop|box|env|stream|foreach)(?![\w.-])/y;
const AUGMENT = /@[A-Za-z_][\w-]*[ \t]*\+=/y;
/** Brackets whose only item is one of these hold a block even without a sign of it. */
const BLOCK_ALONE = /(?:when|for|loop|box|env)(?![\w.-])/y;
/** What a new line of a block starts with. */
const NEXT_STATEMENT =
  /(?:=>|@[A-Za-z_][\w.-]*[ \t]*(?:\(|\+=|\|)|(?:let|show|log|output|append|if|bail|run|when|for|loop|box|env|file|files|checkpoint|done|continue|skip|retry|stream)(?![\w.-]))/y;
const EFFECT_STAGE = /\|[ \t]*\/?(?:show|log|output|append)(?![\w.-])/y;

const matches = (pattern: RegExp, source: string, at: number): boolean => {
  pattern.lastIndex = at;
  return pattern.test(source);
};

/** Where quoted text that starts at an offset ends; the offset itself where there is none. */
export function skipQuoted(source: string, at: number): number {
  const quote = source[at];
  if (quote === ':') {
    const mark = source.startsWith(':::', at) ? ':::' : source.startsWith('::', at) ? '::' : '';
    if (!mark) return at;
    const end = source.indexOf(mark, at + mark.length);
    return end < 0 ? source.length : end + mark.length;
  }
  if (quote !== '"' && quote !== "'" && quote !== '`') return at;
  for (let end = at + 1; end < source.length; end += 1) {
    const char = source[end];
    if (char === '\\') end += 1;
    else if (char === quote) return end + 1;
    else if (char === '\n' && quote === '"') return end;
  }
  return source.length;
}

/** Finds out whether `[` opens an array or a block; what it has skipped once it does not read again. */
export class BracketIndex {
  private readonly ends = new Map<number, number>();

  constructor(private readonly source: string) {}

  /**
   * @param at offset after `[`
   * @returns true when statements follow (language.md 5.6, 7.1), false for the elements of an array
   */
  startsBlock(at: number): boolean {
    const { source } = this;
    const first = gap(source, at);
    if (matches(STATEMENT, source, first) || matches(AUGMENT, source, first)) return true;
    const either = matches(EITHER, source, first);
    if (!either && !/["'`@:]/.test(source[first] ?? '')) return false;
    return this.itemsAreStatements(first, matches(BLOCK_ALONE, source, first));
  }

  /** Reads on to the first sign: a comma of an array, or the next statement of a block. */
  private itemsAreStatements(first: number, alone: boolean): boolean {
    const { source } = this;
    for (let at = first; at < source.length; ) {
      const char = source[at] ?? '';
      if (char === ',') return false;
      if (char === ']') return alone;
      if (char === ';') return true;
      if (char === '|' && matches(EFFECT_STAGE, source, at)) return true;
      const quoted = skipQuoted(source, at);
      if (quoted > at) {
        at = this.juxtaposed(quoted) ? -1 : quoted;
      } else if (CLOSERS[char]) {
        const end = this.close(at);
        at = this.juxtaposed(end) ? -1 : end;
      } else if (char === '\n') {
        const next = space(source, at);
        if (matches(NEXT_STATEMENT, source, next)) return true;
        at = next;
      } else {
        at += 1;
      }
      if (at < 0) return true;
    }
    return alone;
  }

  /** True where a statement follows a complete value on the same line: `[ let @a = 1 => @a ]`, `[ @f() @g() ]`. */
  private juxtaposed(end: number): boolean {
    const next = blanks(this.source, end);
    return next > end && matches(NEXT_STATEMENT, this.source, next);
  }

  /** The offset after the bracket that closes the one at `open`. */
  private close(open: number): number {
    const known = this.ends.get(open);
    if (known !== undefined) return known;
    const { source } = this;
    const stack: number[] = [open];
    for (let at = open + 1; at < source.length; ) {
      const char = source[at] ?? '';
      const inner = CLOSERS[char] ? this.ends.get(at) : undefined;
      const quoted = skipQuoted(source, at);
      if (quoted > at) at = quoted;
      else if (inner !== undefined) at = inner;
      else {
        if (CLOSERS[char]) stack.push(at);
        else if (char === ')' || char === ']' || char === '}') {
          const opened = stack.pop();
          if (opened !== undefined) this.ends.set(opened, at + 1);
          if (stack.length === 0) return at + 1;
        }
        at += 1;
      }
    }
    for (const opened of stack) this.ends.set(opened, source.length);
    return source.length;
  }
}
