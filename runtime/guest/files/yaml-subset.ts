/**
 * The subset of YAML frontmatter is written in (language.md 1.5): maps nested by indentation, lists
 * with dashes, inline lists of text, quoted and plain scalars, literal and folded text.
 */

import { setKey } from '../box.js';

interface Line {
  indent: number;
  text: string;
  /** The line as written, for literal text. */
  raw: string;
}

/** The data of a YAML block; an empty block is an empty object. */
export function parseYaml(source: string): unknown {
  const lines = source
    .split(/\r?\n/)
    .map((raw) => ({ indent: raw.length - raw.trimStart().length, text: withoutComment(raw).trim(), raw }));
  const reader = new YamlReader(lines);
  return reader.block(0) ?? {};
}

/** A `#` begins a comment at the start of a line or after a blank, outside quotes. */
function withoutComment(raw: string): string {
  let quote = '';
  for (let i = 0; i < raw.length; i++) {
    const char = raw[i]!;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if ((char === '"' || char === "'") && /[\s:[,{-]/.test(raw[i - 1] ?? ' ')) quote = char;
    else if (char === '#' && /\s/.test(raw[i - 1] ?? ' ')) return raw.slice(0, i);
  }
  return raw;
}

const QUOTED_KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*:(?=\s|$)/;

/** `key: value` taken apart, or null: a colon separates when a blank or the end follows. */
function pairOf(text: string): { key: string; value: string } | null {
  const quoted = QUOTED_KEY.exec(text);
  if (quoted) return { key: unquoted(quoted[1]!), value: text.slice(quoted[0].length).trim() };
  if (/^["'[{#&*!|>]/.test(text) || isItem(text)) return null;
  const colon = text.search(/:(?:\s|$)/);
  return colon < 1 ? null : { key: text.slice(0, colon).trimEnd(), value: text.slice(colon + 1).trim() };
}

class YamlReader {
  private position = 0;
  constructor(private readonly lines: Line[]) {}

  /** The map, list or scalar whose lines are indented by at least `indent`; null when there is none. */
  block(indent: number): unknown {
    const line = this.peek();
    if (line === undefined || line.indent < indent) return null;
    if (isItem(line.text)) return this.list(line.indent);
    if (pairOf(line.text)) return this.map(line.indent);
    this.position++;
    return scalar(line.text);
  }

  private peek(): Line | undefined {
    while (this.position < this.lines.length && this.lines[this.position]!.text === '') this.position++;
    return this.lines[this.position];
  }

  private map(indent: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (let line = this.peek(); line !== undefined && line.indent === indent; line = this.peek()) {
      if (isItem(line.text)) break;
      const pair = pairOf(line.text);
      this.position++;
      if (pair) setKey(result, pair.key, this.value(pair.value, indent));
      this.skipDeeper(indent);
    }
    return result;
  }

  private list(indent: number): unknown[] {
    const result: unknown[] = [];
    for (
      let line = this.peek();
      line !== undefined && line.indent === indent && isItem(line.text);
      line = this.peek()
    ) {
      const rest = line.text.slice(1).trimStart();
      if (pairOf(rest)) result.push(this.itemMap(line, rest));
      else {
        this.position++;
        result.push(this.value(rest, indent));
      }
      this.skipDeeper(indent);
    }
    return result;
  }

  /** `- key: value`: a map whose first pair stands behind the dash. */
  private itemMap(line: Line, rest: string): unknown {
    const indent = line.indent + (line.text.length - rest.length);
    this.lines[this.position] = { indent, text: rest, raw: line.raw };
    return this.map(indent);
  }

  private value(text: string, indent: number): unknown {
    if (/^[|>][+-]?$/.test(text)) return this.literal(text, indent);
    if (text !== '') return scalar(text);
    const next = this.peek();
    if (next === undefined) return null;
    // A list may stand at the indentation of its key.
    if (next.indent === indent && isItem(next.text)) return this.list(indent);
    return next.indent > indent ? this.block(next.indent) : null;
  }

  private literal(style: string, indent: number): string {
    const start = this.position;
    while (this.position < this.lines.length) {
      const line = this.lines[this.position]!;
      if (line.raw.trim() !== '' && line.indent <= indent) break;
      this.position++;
    }
    const body = this.lines.slice(start, this.position).map(({ raw }) => raw);
    const margin = Math.min(
      ...this.lines
        .slice(start, this.position)
        .filter(({ raw }) => raw.trim() !== '')
        .map((line) => line.indent),
    );
    const text = body
      .map((raw) => raw.slice(margin))
      .join(style.startsWith('|') ? '\n' : ' ')
      .trimEnd();
    return style.endsWith('-') || text === '' ? text : `${text}\n`;
  }

  /** Passes over lines that belong to no value. */
  private skipDeeper(indent: number): void {
    for (let line = this.peek(); line !== undefined && line.indent > indent; line = this.peek()) this.position++;
  }
}

function isItem(text: string): boolean {
  return text === '-' || text.startsWith('- ');
}

const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['~', null],
]);

/** Words and numbers that print as they are written are typed; dates, versions and elements of inline lists stay text. */
function scalar(text: string): unknown {
  if (text.startsWith('[') && text.endsWith(']')) return inlineList(text.slice(1, -1));
  if (/^["']/.test(text)) return unquoted(text);
  if (WORDS.has(text)) return WORDS.get(text);
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return text;
  const number = Number(text);
  return String(number) === text ? number : text;
}

/** Elements between commas; a comma inside quotes is text. */
function inlineList(text: string): string[] {
  const parts: string[] = [];
  let quote = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === ',') {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => unquoted(part.trim())).filter((part) => part !== '');
}

function unquoted(text: string): string {
  if (text.length >= 2 && text.startsWith("'") && text.endsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
