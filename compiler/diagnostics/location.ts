import type { Span } from '../../grammar/ast.js';

/** A range of source text on the lines a person counts: 1-based, in UTF-16 units, the end exclusive. */
export interface LineRange {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

/**
 * Lines and columns of one source text. The line starts are computed once, so asking for many
 * positions of a long file stays cheap.
 */
export class LineIndex {
  readonly #starts: number[] = [0];

  constructor(readonly text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** How many lines there are; a text that ends with a newline has an empty last line. */
  get count(): number {
    return this.#starts.length;
  }

  /** The text of a 1-based line without its line end, or undefined when there is no such line. */
  line(number: number): string | undefined {
    const start = this.#starts[number - 1];
    if (start === undefined) return undefined;
    const next = this.#starts[number];
    return this.text.slice(start, next === undefined ? undefined : next - 1).replace(/\r$/, '');
  }

  /** Line and column of an offset; offsets beyond the text are taken as its end. */
  position(offset: number): { line: number; column: number } {
    const at = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - this.#starts[low]! + 1 };
  }

  range(span: Span): LineRange {
    const start = this.position(span.start);
    const end = this.position(Math.max(span.start, span.end));
    return { ...start, endLine: end.line, endColumn: end.column };
  }
}
