import stringWidth from 'string-width';
import { visible } from './printable.js';

const TAB_STOP = 4;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** One piece of a displayed line: what is printed, how wide it is, where it began in the source. */
export interface Cell {
  text: string;
  width: number;
  /** Offset in the source line. */
  offset: number;
}

/**
 * A source line as a terminal shows it: tabs become spaces up to the next tab stop, control
 * characters and bidirectional overrides become visible, everything else keeps its width.
 */
export function displayCells(line: string): Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  for (const { segment, index } of graphemes.segment(line)) {
    const text = segment === '\t' ? ' '.repeat(TAB_STOP - (column % TAB_STOP)) : visible(segment);
    const width = /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
    cells.push({ text, width, offset: index });
    column += width;
  }
  return cells;
}
