/**
 * The document a script writes (language.md 10.1–10.4). Directive output goes to the document and,
 * while streaming, straight to stdout; document text and breaks only go to the document.
 */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import { isConfidential, REDACTED } from '../shared/security/confidential.js';
import { Box } from './box.js';
import { doorCall } from './door.js';

class Document {
  private text = '';
  /** The join of everything printed. */
  private mark: Mark = EMPTY;
  private pending = 0;
  private streaming = true;
  private started = false;

  configure(options: { streaming: boolean }): void {
    this.streaming = options.streaming;
  }

  get isStreaming(): boolean {
    return this.streaming;
  }

  /** A collapsible newline of the source between two directives. */
  break(count: number): void {
    this.pending += count;
  }

  /** Document text, verbatim. */
  write(text: string): void {
    this.flush();
    this.text += text;
  }

  /** The output of a printing directive: document and live stdout, newline-terminated. */
  print(text: string, mark: Mark, site: number): void {
    const line = text.endsWith('\n') ? text : `${text}\n`;
    this.flush();
    this.add(line, mark);
    if (this.streaming) this.live(line, mark, site);
  }

  /** `output … to stdout`: live only; without streaming, part of the document where it stands. */
  stdout(text: string, mark: Mark, site: number): void {
    if (this.streaming) this.live(text, mark, site);
    else this.add(text, mark);
  }

  /** The value of a top-level `=>`: no newline is added. */
  final(text: string, mark: Mark, site: number): void {
    this.flush();
    this.add(text, mark);
    if (this.streaming) this.live(text, mark, site);
  }

  /** True when there is text that is printed only at the end. */
  get isPending(): boolean {
    return !this.streaming && this.text !== '';
  }

  /** Everything written so far, for `output to "file"` without a source. */
  content(): Box {
    return new Box(this.text, this.mark);
  }

  /** Ends the document; without streaming, prints it. */
  end(site: number): void {
    this.flush();
    if (this.streaming) return;
    const text = this.text.replace(/\n{3,}/g, '\n\n').replace(/^\n+/, '');
    if (text) doorCall('console.write', { stream: 'stdout', text: new Box(text, this.mark) }, site);
  }

  private add(text: string, mark: Mark): void {
    this.text += text;
    this.mark = join(this.mark, mark);
  }

  private flush(): void {
    this.text += '\n'.repeat(Math.min(this.pending, 2));
    this.pending = 0;
  }

  private live(text: string, mark: Mark, site: number): void {
    const visible = this.started ? text : text.replace(/^\n+/, '');
    if (!visible) return;
    this.started = true;
    doorCall('console.write', { stream: 'stdout', text: new Box(visible, mark) }, site);
  }
}

export const document = new Document();

/** Text on stderr, always newline-terminated. */
export function stderr(text: string, mark: Mark = EMPTY, site = -1): void {
  doorCall('console.write', { stream: 'stderr', text: new Box(`${text}\n`, mark) }, site);
}

let permitsNote: (mark: Mark) => boolean = () => true;

/** Installs what decides whether a remark under a mark may be made. */
export function judgeNotes(permits: (mark: Mark) => boolean): void {
  permitsNote = permits;
}

/** What is told of something with this mark outside of operations: its text, or that it is withheld. */
export function told(text: string, mark: Mark): string {
  return isConfidential(mark) || !permitsNote(mark) ? REDACTED : text;
}

/** A remark of the runtime on stderr: no operation, so one that policies forbid to log is left out. */
export function note(text: string, mark: Mark = EMPTY, site = -1): void {
  if (permitsNote(mark)) stderr(text, mark, site);
}
