import stringWidth from 'string-width';

const TAB_STOP = 4;

/** Characters that must not reach a terminal as they are: they move the cursor or reorder text. */
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

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

/** `text` with every character that could act on a terminal made visible; newlines and tabs stay. */
export function printable(text: string): string {
  return text
    .split('\n')
    .map((line) => visible(line.replace(/\r$/, '')))
    .join('\n');
}

function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '\u2421' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}
