/** The run's way to stdout and stderr: in order, with back-pressure, quiet when the reader is gone. */

import type { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';

export type ConsoleStream = 'stdout' | 'stderr';

/** Something drawn on the terminal below the output, such as a status line. */
export interface Overlay {
  /** Takes it off the screen. */
  hide(): void;
  /** Draws it, at the start of an empty line. */
  show(): void;
}

export interface ConsoleOptions {
  stdout?: Writable;
  stderr?: Writable;
  /** Called once when a reader has closed its end of the pipe (`mlldc run … | head`). */
  onPipeClosed?: () => void;
}

export class Console {
  readonly #streams: Record<ConsoleStream, Writable>;
  readonly #closed = new Set<Writable>();
  readonly #listeners: [Writable, (error: NodeJS.ErrnoException) => void][] = [];
  #overlay: Overlay | undefined;
  /** The cursor of the terminal is in the first column. */
  #isLineStart = true;

  constructor(options: ConsoleOptions = {}) {
    this.#streams = { stdout: options.stdout ?? process.stdout, stderr: options.stderr ?? process.stderr };
    for (const stream of new Set(Object.values(this.#streams))) {
      const onError = (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
        if (this.#closed.has(stream)) return;
        this.#closed.add(stream);
        options.onPipeClosed?.();
      };
      stream.on('error', onError);
      this.#listeners.push([stream, onError]);
    }
  }

  /** Writes text; settles once more may be written. Text for a reader that is gone is dropped. */
  write(name: ConsoleStream, text: string): Promise<void> {
    const stream = this.#streams[name];
    if (text === '' || this.#closed.has(stream)) return Promise.resolve();
    this.#overlay?.hide();
    const mayGoOn = stream.write(text);
    if ((stream as WriteStream).isTTY) this.#isLineStart = text.endsWith('\n');
    this.refresh();
    if (mayGoOn) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        stream.off('drain', done);
        stream.off('close', done);
        stream.off('error', done);
        resolve();
      };
      stream.on('drain', done);
      stream.on('close', done);
      stream.on('error', done);
    });
  }

  /** Puts something below the output from now on, in place of what was there; undefined takes it away. */
  cover(overlay: Overlay | undefined): void {
    this.#overlay?.hide();
    this.#overlay = overlay;
  }

  /** Draws what is below the output anew. While a line of output is incomplete, it waits. */
  refresh(): void {
    if (this.#isLineStart) this.#overlay?.show();
  }

  /** Gives the streams back. The error listener stays on a pipe that is broken: it may report again. */
  release(): void {
    this.cover(undefined);
    for (const [stream, onError] of this.#listeners) if (!this.#closed.has(stream)) stream.off('error', onError);
    this.#listeners.length = 0;
  }
}
