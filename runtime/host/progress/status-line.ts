/**
 * The status line: one line at the bottom of a terminal that says what a run is waiting for. It is
 * taken away before anything is printed and drawn again below it, so it never mixes with output.
 */

import { displayCells } from '../../../compiler/diagnostics/text-width.js';
import type { Overlay } from '../bindings/console/console.js';
import type { Activity, Progress } from './activity.js';

/** The part of a terminal's stream that is used. */
export interface Terminal {
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const FRAMES = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];
const FRAME_MS = 100;
/** Drawing more often than this would cost more than it tells. */
const LEAST_MS = 50;
const DEFAULT_COLUMNS = 80;
/** Back to the first column, and nothing right of it. */
const ERASE = '\r\x1b[K';

export class StatusLine implements Overlay {
  #isDrawn = false;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly terminal: Terminal,
    private readonly activity: Activity,
    private readonly now: () => number = () => performance.now(),
  ) {}

  hide(): void {
    if (this.#isDrawn) this.terminal.write(ERASE);
    this.#isDrawn = false;
  }

  show(): void {
    const now = this.now();
    const text = this.#text(now);
    if (text === null) this.hide();
    else if (now - this.#drawnAt >= LEAST_MS) {
      this.terminal.write(`${ERASE}${text}`);
      this.#isDrawn = true;
      this.#drawnAt = now;
    }
  }

  /** Null when there is nothing to wait for. */
  #text(now: number): string | null {
    const [first, ...others] = this.activity.tasks;
    const { progress } = this.activity;
    if (!first && progress.length === 0) return null;
    const parts = [FRAMES[Math.floor(now / FRAME_MS) % FRAMES.length]!];
    parts.push(...progress.map(howFar));
    if (first) {
      const more = others.length > 0 ? ` (+${others.length})` : '';
      parts.push(`${first.label ?? first.kind}${more}`, `${Math.floor((now - first.since) / 1000)}s`);
    }
    // The last column stays free: a full line would make the terminal start another.
    return cut(parts.join('  '), (this.terminal.columns || DEFAULT_COLUMNS) - 1);
  }
}

function howFar({ done, total, message }: Progress): string {
  const count = total === undefined ? String(done) : `${done}/${total}`;
  return message ? `${count} ${message}` : count;
}

/** `text` in at most `width` columns; what could act on the terminal is made visible. */
function cut(text: string, width: number): string {
  let used = 0;
  let kept = '';
  const cells = displayCells(text);
  const total = cells.reduce((sum, cell) => sum + cell.width, 0);
  const room = total > width ? width - 1 : width;
  for (const cell of cells) {
    if (used + cell.width > room) return `${kept}…`;
    kept += cell.text;
    used += cell.width;
  }
  return kept;
}
