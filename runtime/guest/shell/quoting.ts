/** Where in a shell command a value lands: read from the text its author wrote. */

const WORD = 'x';

/** What a value has to be quoted for. */
export type ShellContext = 'word' | 'double' | 'single' | 'backtick';

/**
 * Reads the written parts of a command in order and knows the quoting at the end of each. Only
 * author-written text is fed in: values are escaped so that they cannot change the context.
 */
export class QuotingScanner {
  /** Open constructs, innermost last: quotes, `(` and backticks. */
  private readonly open: string[] = [];
  private inComment = false;
  /** The last character is a backslash that escapes whatever follows. */
  endsInEscape = false;
  /** The last character is a `$` that would make what follows an expansion. */
  endsInDollar = false;

  /** The character before the current one; an escaped one counts as a letter. */
  private previous = ' ';

  feed(text: string): void {
    for (const char of text) {
      this.endsInDollar = false;
      if (this.inComment) this.inComment = char !== '\n';
      else if (this.endsInEscape) this.endsInEscape = false;
      else {
        this.step(char);
        this.previous = char;
        continue;
      }
      this.previous = char === '\n' ? char : WORD;
    }
  }

  /** A value stands here: escaped, it is part of a word and changes nothing. */
  passValue(): void {
    this.endsInEscape = false;
    this.endsInDollar = false;
    this.previous = WORD;
  }

  private step(char: string): void {
    const top = this.open.at(-1);
    if (top === "'") {
      if (char === "'") this.open.pop();
      return;
    }
    switch (char) {
      case '\\':
        this.endsInEscape = true;
        return;
      case '$':
        this.endsInDollar = true;
        return;
      case '"':
      case '`':
        this.toggle(char);
        return;
      case "'":
        if (top !== '"') this.open.push(char);
        return;
      case '(':
        if (top !== '"' || this.previous === '$') this.open.push(char);
        return;
      case ')':
        if (top === '(') this.open.pop();
        return;
      case '#':
        this.inComment = top !== '"' && /[\s;(|&]/.test(this.previous);
    }
  }

  /** Closes the innermost `char` when nothing but it is open above, else opens one. */
  private toggle(char: string): void {
    if (this.open.at(-1) === char) this.open.pop();
    else this.open.push(char);
  }

  get context(): ShellContext {
    if (this.open.includes('`')) return 'backtick';
    const top = this.open.at(-1);
    return top === '"' ? 'double' : top === "'" ? 'single' : 'word';
  }
}
