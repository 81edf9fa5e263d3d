/** Splits a byte stream into lines without ever holding more than one line of a given size. */
export class LineSplitter {
  private parts: Buffer[] = [];
  private size = 0;
  private skipping = false;

  /**
   * @param maxBytes Longest line; a longer one is dropped as it arrives.
   * @param onLine Gets every line without its end.
   * @param onTooLong Called once for each line that is dropped.
   */
  constructor(
    private readonly maxBytes: number,
    private readonly onLine: (line: string) => void,
    private readonly onTooLong: () => void,
  ) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.take(chunk.subarray(start, end));
      this.finish();
      start = end + 1;
    }
    this.take(chunk.subarray(start));
  }

  /** Hands out what came after the last line end. */
  end(): void {
    if (this.size > 0) this.finish();
  }

  private take(part: Buffer): void {
    if (this.skipping || part.length === 0) return;
    if (this.size + part.length > this.maxBytes) {
      this.parts = [];
      this.size = 0;
      this.skipping = true;
      this.onTooLong();
      return;
    }
    this.parts.push(part);
    this.size += part.length;
  }

  private finish(): void {
    if (this.skipping) {
      this.skipping = false;
      return;
    }
    const line = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts, this.size);
    this.parts = [];
    this.size = 0;
    this.onLine(line.toString('utf8').replace(/\r$/, ''));
  }
}
