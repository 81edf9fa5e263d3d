/** Lines and columns of a source text. */
export class LineIndex {
  /** Offset of the first character of every line. */
  private readonly starts: number[] = [0];

  /** @param source the text; one pass over it finds the line starts */
  constructor(private readonly source: string) {
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  /** How many lines the text has. */
  get count(): number {
    return this.starts.length;
  }

  /**
   * @param offset UTF-16 offset, clamped to the text
   * @returns the line and column, both counted from 1; columns count UTF-16 units
   */
  at(offset: number): { line: number; column: number } {
    const wanted = Math.max(0, Math.min(offset, this.source.length));
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.start(middle) <= wanted) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: wanted - this.start(low) + 1 };
  }

  /**
   * @param line counted from 1
   * @returns offset of its first character
   */
  offsetOf(line: number): number {
    return this.start(Math.max(1, Math.min(line, this.count)) - 1);
  }

  private start(index: number): number {
    return this.starts[index] ?? 0;
  }
}
