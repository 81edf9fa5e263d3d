import type { Colors } from 'picocolors/types.js';
import type { LineIndex, LineRange } from './location.js';
import { type Cell, displayCells } from './text-width.js';

/** How a frame is drawn. */
export interface FrameOptions {
  colors: Colors;
  /** Columns a frame may take, the line number included. */
  width: number;
}

/** Source before a clipped position that stays visible. */
const LEAD = 20;
/** Characters looked at for each column that is shown; one of a terminal's cells may take several. */
const AROUND = 8;
const ELLIPSIS: Cell = { text: '…', width: 1, offset: -1 };

/**
 * The excerpt of an error (language.md 13.1): the position, one line before and after, and carets
 * under the range.
 */
export function sourceFrame(file: string, source: LineIndex, range: LineRange, options: FrameOptions): string[] {
  const { colors } = options;
  const first = Math.max(1, range.line - 1);
  const last = Math.min(source.count, lastMarkedLine(source, range) + 1);
  const gutter = String(last).length;
  const lines = [colors.cyan(`${file}:${range.line}:${range.column}`)];
  for (const number of excerptLines(first, last, range)) {
    if (number === null) {
      lines.push(colors.dim(`${'·'.padStart(gutter)} |`));
      continue;
    }
    const drawn = drawLine(source, number, range, options.width - gutter - 3);
    lines.push(colors.dim(`${String(number).padStart(gutter)} | `) + drawn.text);
    if (drawn.carets) lines.push(' '.repeat(gutter + 3) + colors.red(drawn.carets));
  }
  return lines.map((line) => line.trimEnd());
}

/** A range that ends right before a line's first character does not mark that line. */
function lastMarkedLine(source: LineIndex, range: LineRange): number {
  const last = range.endLine > range.line && range.endColumn === 1 ? range.endLine - 1 : range.endLine;
  return Math.min(last, source.count);
}

/** The lines to show; a long range keeps its first two and last lines, with a gap between. */
function excerptLines(first: number, last: number, range: LineRange): (number | null)[] {
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  if (all.length <= 7) return all;
  const head = all.filter((number) => number <= range.line + 1);
  return [...head, null, ...all.slice(-2)];
}

function drawLine(
  source: LineIndex,
  number: number,
  range: LineRange,
  width: number,
): { text: string; carets: string } {
  const line = source.line(number) ?? '';
  const marked = markedColumns(line, number, lastMarkedLine(source, range), range);
  const cells = cellsAround(line, marked?.from ?? 0, width);
  const focus = marked ? cells.findIndex((cell) => cell.offset >= marked.from) : 0;
  const shown = clip(cells, focus < 0 ? cells.length : focus, Math.max(width, LEAD * 2));
  return { text: shown.map((cell) => cell.text).join(''), carets: marked ? carets(shown, marked, line.length) : '' };
}

/** The cells of a line around an offset: more than can be shown, however long the line is. */
function cellsAround(line: string, focus: number, width: number): Cell[] {
  const start = Math.max(0, focus - width * AROUND);
  const end = Math.min(line.length, focus + width * AROUND);
  const cells = displayCells(line.slice(start, end));
  return start === 0 ? cells : cells.map((cell) => ({ ...cell, offset: cell.offset + start }));
}

/** The part of a line the range covers, as offsets; null when it covers none of it. */
function markedColumns(
  line: string,
  number: number,
  last: number,
  range: LineRange,
): { from: number; to: number } | null {
  if (number < range.line || number > last) return null;
  const from = number === range.line ? range.column - 1 : line.search(/\S|$/);
  const to = number === range.endLine ? range.endColumn - 1 : line.trimEnd().length;
  return { from, to: Math.max(to, from + 1) };
}

function carets(shown: Cell[], marked: { from: number; to: number }, lineLength: number): string {
  let out = '';
  for (const cell of shown) {
    const under = cell.offset >= marked.from && cell.offset < marked.to;
    out += (under ? '^' : ' ').repeat(cell.width);
  }
  // The end of the line has no cell of its own.
  if (marked.from >= lineLength) out += '^';
  return out.trimEnd();
}

/** Cuts a line to `width` columns around the cell `focus`, with an ellipsis where something is missing. */
function clip(cells: Cell[], focus: number, width: number): Cell[] {
  const total = cells.reduce((sum, cell) => sum + cell.width, 0);
  if (total <= width) return cells;
  const before = cells.slice(0, focus).reduce((sum, cell) => sum + cell.width, 0);
  let start = 0;
  if (before > width - LEAD) {
    start = focus;
    for (let kept = 0; start > 0 && kept < LEAD; start--) kept += cells[start - 1]!.width;
  }
  const out: Cell[] = start > 0 ? [ELLIPSIS] : [];
  let used = out.length;
  for (let at = start; at < cells.length; at++) {
    const cell = cells[at]!;
    const isLast = at === cells.length - 1;
    if (used + cell.width > width - (isLast ? 0 : 1)) {
      out.push(ELLIPSIS);
      break;
    }
    out.push(cell);
    used += cell.width;
  }
  return out;
}
