/** Builders of templates: escapes, and parts as the AST has them. */
import type { Span, TemplatePart, TemplateText } from '../../../grammar/ast.js';

const CONTROL: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

/**
 * What a backslash and the character after it mean in a kind of quoted text (language.md 3.1). Escapes that mean
 * nothing are kept as written.
 *
 * @param kind kind of text, as in `ParseContext.kind`
 * @param char the character after the backslash
 */
export function escaped(kind: string, char: string): string {
  if (char === '@') return '@';
  switch (kind) {
    case 'double':
      return CONTROL[char] ?? ('"\\'.includes(char) ? char : `\\${char}`);
    case 'backtick':
      return CONTROL[char] ?? ('`$"\\.*<'.includes(char) ? char : `\\${char}`);
    case 'fragment':
      return CONTROL[char] ?? ('`\\'.includes(char) ? char : `\\${char}`);
    case 'single':
      return "'\\".includes(char) ? char : `\\${char}`;
    default:
      return `\\${char}`;
  }
}

/** Decodes all escapes of a text that interpolates nothing. */
export function unescaped(kind: string, text: string): string {
  return text.replace(/\\([\s\S])/g, (_, char: string) => escaped(kind, char));
}

/** The parts of a text without references. */
export function plainParts(kind: string, text: string, loc: Span): TemplatePart[] {
  if (text === '') return [];
  return [{ type: 'TemplateText', text: unescaped(kind, text), loc: { start: loc.start + 1, end: loc.end - 1 } }];
}

/** Joins neighbouring texts. */
export function parts(pieces: TemplatePart[]): TemplatePart[] {
  const joined: TemplatePart[] = [];
  let texts: TemplateText[] = [];
  const flush = (): void => {
    const [first, last] = [texts[0], texts.at(-1)];
    if (first && last) {
      const text = texts.map((piece) => piece.text).join('');
      if (text) joined.push({ type: 'TemplateText', text, loc: { start: first.loc.start, end: last.loc.end } });
    }
    texts = [];
  };
  for (const piece of pieces) {
    if (piece.type === 'TemplateText') {
      texts.push(piece);
    } else {
      flush();
      joined.push(piece);
    }
  }
  flush();
  return joined;
}

/** Without the line end after the opening mark and the one before the closing mark (language.md 3.1). */
export function trimmed(all: TemplatePart[]): TemplatePart[] {
  const cut = [...all];
  const first = cut[0];
  if (first?.type === 'TemplateText') cut[0] = { ...first, text: first.text.replace(/^\r?\n/, '') };
  const last = cut.at(-1);
  if (last?.type === 'TemplateText') cut[cut.length - 1] = { ...last, text: last.text.replace(/\r?\n$/, '') };
  return cut.filter((part) => part.type !== 'TemplateText' || part.text !== '');
}

/** A path or a title: without the blanks at its end. */
export function pathParts(pieces: TemplatePart[]): TemplatePart[] {
  const all = parts(pieces);
  const last = all.at(-1);
  if (last?.type === 'TemplateText') all[all.length - 1] = { ...last, text: last.text.trimEnd() };
  return all.filter((part) => part.type !== 'TemplateText' || part.text !== '');
}

/** Parts as brackets in text nest them; they are flattened once, at the end. */
export type NestedParts = (TemplatePart | NestedParts)[];

/** Parts between two marks that are text themselves. */
export function enclosed(open: string, inner: NestedParts, close: string, loc: Span): NestedParts {
  return [
    { type: 'TemplateText', text: open, loc: { start: loc.start, end: loc.start + open.length } },
    inner,
    { type: 'TemplateText', text: close, loc: { start: loc.end - close.length, end: loc.end } },
  ];
}
