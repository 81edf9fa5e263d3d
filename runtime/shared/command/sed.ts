/** The shell commands a sed script starts: `e COMMAND`, and what an `e` flag of `s` makes of the text. */

import { literalWord, type Word } from './word.js';

export interface SedCommands {
  /** Shell code that stands in the script. */
  code: Word[];
  /** True when the script runs the text it works on, or cannot be read. */
  unknown: boolean;
}

/** Commands whose argument is the rest of the line. */
const TO_LINE_END = 'aicrRwWbtTvq:';

/** Reads a script's text. */
export function sedCommands(script: string): SedCommands {
  const found: SedCommands = { code: [], unknown: false };
  const reader = new Reader(script);
  while (!reader.done) {
    reader.pass(/[\s;{}]/);
    if (reader.done) break;
    if (reader.peek() === '#') {
      reader.line();
      continue;
    }
    if (!reader.addresses()) return { ...found, unknown: true };
    const command = reader.next();
    if (command === 'e') {
      const code = reader.line().trim();
      if (code === '') found.unknown = true;
      else found.code.push(literalWord(code));
    } else if (command === 's') {
      const delimiter = reader.next();
      if (!reader.until(delimiter) || !reader.until(delimiter)) return { ...found, unknown: true };
      const flags = reader.pass(/[\w]/);
      if (/^[^w]*e/.test(flags)) found.unknown = true;
      if (flags.includes('w')) reader.line();
    } else if (command === 'y') {
      const delimiter = reader.next();
      if (!reader.until(delimiter) || !reader.until(delimiter)) return { ...found, unknown: true };
    } else if (command !== '{' && command !== '}' && TO_LINE_END.includes(command)) {
      // Text of a, i and c goes on after a backslash at the end of a line.
      while (reader.line().endsWith('\\') && !reader.done);
    }
  }
  return found;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  get done(): boolean {
    return this.at >= this.text.length;
  }

  peek(): string {
    return this.text[this.at] ?? '';
  }

  next(): string {
    return this.text[this.at++] ?? '';
  }

  /** Skips characters of a class and returns them. */
  pass(characters: RegExp): string {
    const start = this.at;
    while (!this.done && characters.test(this.peek())) this.at++;
    return this.text.slice(start, this.at);
  }

  /** The rest of the line. */
  line(): string {
    const end = this.text.indexOf('\n', this.at);
    const text = this.text.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.text.length : end + 1;
    return text;
  }

  /** Moves past the next `delimiter` that is not escaped; brackets hide it. */
  until(delimiter: string): boolean {
    let inClass = false;
    for (; !this.done; this.at++) {
      const char = this.peek();
      if (char === '\\') this.at++;
      else if (inClass) inClass = char !== ']';
      else if (char === delimiter) {
        this.at++;
        return true;
      } else if (char === '[' && this.text.indexOf(']', this.at + 2) > 0) inClass = true;
    }
    return false;
  }

  /** Moves past `1`, `$`, `/re/`, `\cREc`, a range of two, and `!`; false when they do not end. */
  addresses(): boolean {
    for (;;) {
      this.pass(/[\s\d,~+$!MI]/);
      if (this.peek() !== '/' && this.peek() !== '\\') return true;
      const delimiter = this.next() === '/' ? '/' : this.next();
      if (!this.until(delimiter)) return false;
    }
  }
}
