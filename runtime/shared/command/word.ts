import type { Argument } from './types.js';

/**
 * A shell word while it is read: its characters and, in a string of the same length, how each came
 * about: `u` written unquoted, `q` quoted, `x` unknown (an unquoted expansion), `X` unknown but
 * inside double quotes, so that it cannot split.
 */
export interface Word {
  chars: string;
  kinds: string;
  /** The source text. */
  raw: string;
}

/** Stands for the result of an expansion; its kind, not the character, is what counts. */
const UNKNOWN = '$';

/** Stands for unknown text in shell code that is read again. */
export const UNKNOWN_CODE = '${_}';

/** More alternatives than this are not spelled out: the word counts as unknown. */
const BRACE_LIMIT = 256;

export function emptyWord(): Word {
  return { chars: '', kinds: '', raw: '' };
}

export function addChar(word: Word, char: string, kind: 'u' | 'q'): void {
  word.chars += char;
  word.kinds += kind.repeat(char.length);
}

export function addUnknown(word: Word, quoted: boolean): void {
  word.chars += UNKNOWN;
  word.kinds += quoted ? 'X' : 'x';
}

/** A word whose text is known completely. */
export function literalWord(text: string): Word {
  return { chars: text, kinds: 'q'.repeat(text.length), raw: text };
}

/** A word about which nothing is known, not even whether it is one word. */
export function unknownWord(raw: string): Word {
  return { chars: UNKNOWN, kinds: 'x', raw };
}

export function isDynamic(word: Word): boolean {
  return word.kinds.includes('x') || word.kinds.includes('X') || hasGlob(word);
}

/** True when the word may turn into any number of words. */
export function splits(word: Word): boolean {
  return word.kinds.includes('x') || hasGlob(word);
}

/** The text with unknown parts left out. */
export function staticText(word: Word): string {
  let text = '';
  for (let at = 0; at < word.chars.length; at++) if (!isUnknown(word.kinds[at])) text += word.chars[at];
  return text;
}

/** The text as shell code, unknown parts written as an expansion of their own. */
export function codeText(word: Word): string {
  let text = '';
  for (let at = 0; at < word.chars.length; at++) text += isUnknown(word.kinds[at]) ? UNKNOWN_CODE : word.chars[at];
  return text;
}

export function toArgument(word: Word): Argument {
  return { text: staticText(word), dynamic: isDynamic(word), splits: splits(word) };
}

/** The part of the word from `start` on. */
export function sliceWord(word: Word, start: number, end = word.chars.length): Word {
  return { chars: word.chars.slice(start, end), kinds: word.kinds.slice(start, end), raw: word.raw };
}

/** `NAME=`, `NAME+=` or `NAME[…]=` at the start, unquoted: the name, else null. */
export function assignmentName(word: Word): string | null {
  const match = /^([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=/.exec(word.chars);
  if (!match || !/^u+$/.test(word.kinds.slice(0, match[1]!.length))) return null;
  const equals = match[0].length - 1;
  return word.kinds[equals] === 'u' ? match[1]! : null;
}

/** The value of an assignment word. */
export function assignmentValue(word: Word): Word {
  return sliceWord(word, word.chars.indexOf('=') + 1);
}

/** The words a word becomes by brace expansion; itself when it has none. */
export function expandBraces(word: Word): Word[] {
  const list = alternatives(word);
  return list.length > BRACE_LIMIT ? [unknownWord(word.raw)] : list;
}

function alternatives(word: Word): Word[] {
  const open = findBrace(word);
  if (!open) return [word];
  const head = sliceWord(word, 0, open.start);
  const result: Word[] = [];
  const tails = alternatives(sliceWord(word, open.end));
  for (const part of open.parts) {
    for (const middle of alternatives(part)) {
      for (const tail of tails) {
        if (result.length > BRACE_LIMIT) return result;
        result.push({
          chars: head.chars + middle.chars + tail.chars,
          kinds: head.kinds + middle.kinds + tail.kinds,
          raw: word.raw,
        });
      }
    }
  }
  return result;
}

/** The first brace group with a comma or a range, and its parts. */
function findBrace(word: Word): { start: number; end: number; parts: Word[] } | null {
  for (let start = 0; start < word.chars.length; start++) {
    if (!isPlain(word, start, '{')) continue;
    const group = readBrace(word, start);
    if (group) return group;
  }
  return null;
}

function readBrace(word: Word, start: number): { start: number; end: number; parts: Word[] } | null {
  const commas: number[] = [];
  let depth = 0;
  for (let at = start; at < word.chars.length; at++) {
    if (isPlain(word, at, '{')) depth++;
    else if (isPlain(word, at, ',') && depth === 1) commas.push(at);
    else if (isPlain(word, at, '}') && --depth === 0) {
      if (commas.length) {
        const bounds = [start, ...commas, at];
        const parts = bounds.slice(1).map((end, index) => sliceWord(word, bounds[index]! + 1, end));
        return { start, end: at + 1, parts };
      }
      // A range: what it counts through is text like any other; one unknown part stands for it.
      const inner = sliceWord(word, start + 1, at);
      return /\.\./.test(inner.chars) ? { start, end: at + 1, parts: [unknownWord(word.raw)] } : null;
    }
  }
  return null;
}

function isPlain(word: Word, at: number, char: string): boolean {
  return word.chars[at] === char && word.kinds[at] === 'u';
}

function isUnknown(kind: string | undefined): boolean {
  return kind === 'x' || kind === 'X';
}

function hasGlob(word: Word): boolean {
  for (let at = 0; at < word.chars.length; at++) {
    if (word.kinds[at] === 'u' && '*?['.includes(word.chars[at]!) && !isLoneBracket(word)) return true;
  }
  return false;
}

/** `[` and `[[` are commands, not patterns. */
function isLoneBracket(word: Word): boolean {
  return word.chars === '[' || word.chars === '[[';
}
