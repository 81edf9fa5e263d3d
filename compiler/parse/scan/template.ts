/** What the text of templates may hold besides text: fences, loops, files, fragments. */
import { blanks, lineEnd } from './text.js';

/**
 * A literal fence of 3 to 5 backticks that starts on the line at `at`.
 *
 * @returns the offset after the closing fence and its line end, -1 where there is no complete fence (language.md 1.4)
 */
export function fence(source: string, at: number): number {
  const open = /^[ \t]*(`{3,5})(?!`)([^`\n]*)(?:\n|$)/.exec(source.slice(at, lineEnd(source, at)));
  if (!open?.[1]) return -1;
  const ticks = open[1];
  for (let line = lineEnd(source, at); line < source.length; line = lineEnd(source, line)) {
    const end = lineEnd(source, line);
    if (source.slice(line, end).trim() === ticks) return end;
  }
  return -1;
}

/** True at the first line of a ```` ```mlld ```` fence. */
export function isMlldFence(source: string, at: number): boolean {
  return (at === 0 || source[at - 1] === '\n') && /^```mlld[ \t\r]*\n$/.test(source.slice(at, lineEnd(source, at)));
}

/** A ```` ```mlld ```` fence of a template file: the offset after its closing line, -1 where there is none. */
export function mlldFence(source: string, at: number): number {
  return isMlldFence(source, at) ? fence(source, at) : -1;
}

/** True at a `/for` line of a template (language.md 3.5). */
export function isTemplateFor(source: string, at: number): boolean {
  return source[at] === '/' && (at === 0 || source[at - 1] === '\n') && /^\/for[ \t]+@/.test(source.slice(at, at + 40));
}

/** True at the `/end` of a `/for`. */
export function isTemplateEnd(source: string, at: number): boolean {
  return (
    source[at] === '/' && (at === 0 || source[at - 1] === '\n') && /^\/end(?![\w-])/.test(source.slice(at, at + 5))
  );
}

/** The offset after the `>` of a tag that starts at `at` on one line and holds no other tag, -1 without one. */
function tagEnd(source: string, at: number): number {
  for (let end = at + 1; end < source.length; end += 1) {
    const char = source[end];
    if (char === '>') return end + 1;
    if (char === '<' || char === '\n') return -1;
  }
  return -1;
}

/** True at `<…>` that names a file rather than being markup (language.md 3.6). */
export function isFileTag(source: string, at: number): boolean {
  if (source[at] !== '<') return false;
  const end = tagEnd(source, at);
  if (end < 0) return false;
  const content = source.slice(at + 1, end - 1);
  if (!content || /^[\s!/=-]/.test(content)) return false;
  if (/^[A-Za-z][\w:-]*\s+[\w:.-]+\s*=/.test(content)) return false;
  const plain = content.replace(/\\.|@@/g, '');
  return /[.*]/.test(plain) || /@[A-Za-z_]/.test(plain);
}

/** The same inside a command, where neither an address in angle brackets nor a URL is meant as a file. */
export function isPlainFileTag(source: string, at: number): boolean {
  return isFileTag(source, at) && !/@|:\/\//.test(source.slice(at, tagEnd(source, at)));
}

/** The same in double quotes, where only a file with a pipe is loaded (language.md 3.1). */
export function pipedFileTag(source: string, at: number): boolean {
  return isFileTag(source, at) && source.startsWith('|@', tagEnd(source, at));
}

/** The first element of a nested array: brackets, or a value that a comma, a bracket or an operator follows. */
const ELEMENT =
  /^(?:$|=>|let\s|[\]{`<[(!]|::|\.\.\.|(?:cmd|js|sh|bash|node|py|python|javascript|run|when|for|foreach)\s*[@{([:]|(?:@[\w.-]+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d[\d.]*|true|false|null)\s*(?:$|[,\]?|([.+\-*/%<>=!&]))/;

/**
 * True when `[[` begins text and not a nested array (language.md 3.1).
 *
 * @param at offset after the brackets
 */
export function isLegacyTemplate(source: string, at: number): boolean {
  const end = source.indexOf(']]', at);
  return end >= 0 && !ELEMENT.test(source.slice(at, end + 1).trimStart());
}

/** What follows the end of a template, as opposed to the text of a fragment. */
const AFTER_TEMPLATE =
  /^(?:[,)\]};:\n\r|]|$|[ \t]+(?:[|)\]},;:?+*/=<>!&]|(?:with|to|as|using)\b|$|[\r\n])|[ \t]*(?:\r?\n|$))/;

/**
 * ``@x?`fragment` ``: true when the quote that was just read opens a fragment, false when it ends the template
 * (language.md 3.3). Inside backticks and double quotes only what follows can tell.
 *
 * @param at offset after the quote
 */
export function isFragment(source: string, at: number, quote: string, kind: string): boolean {
  const line = source.slice(at, lineEnd(source, at));
  const ends = (kind === 'backtick' && quote === '`') || (kind === 'double' && quote === '"');
  const close = line.indexOf(quote);
  if (close < 0) return false;
  if (!ends) return true;
  if (AFTER_TEMPLATE.test(line)) return false;
  return kind === 'double' ? line.indexOf(quote, close + 1) >= 0 : source.indexOf(quote, at + close + 1) >= 0;
}

/**
 * True where a backslash after a reference is not its boundary: before a quote, `@` or another backslash it escapes,
 * and in a command the shell sees what it knows (language.md 3.2, 6.2).
 */
export function keepsBackslash(source: string, at: number, kind: string): boolean {
  const next = source[at] ?? '';
  return (kind === 'command' ? /[@\\"'`$ntr0\s]/ : /[@\\"'`]/).test(next);
}

/** The start of a script: after a byte order mark and `---` frontmatter (language.md 1.5). */
export function frontmatter(source: string): { yaml: string | null; end: number } {
  const start = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (!/^---[ \t]*\r?\n/.test(source.slice(start, start + 20))) return { yaml: null, end: start };
  const from = lineEnd(source, start);
  for (let line = from; line < source.length; line = lineEnd(source, line)) {
    const end = lineEnd(source, line);
    if (/^---[ \t]*\r?\n?$/.test(source.slice(line, end))) return { yaml: source.slice(from, line), end };
  }
  return { yaml: null, end: start };
}

/**
 * `resume: auto|manual|never` at the top of a script, in strict files also after comments and empty lines
 * (language.md 1.5).
 */
export function resumeHeader(
  source: string,
  at: number,
  mode: 'strict' | 'markdown',
): { resume: string | null; end: number } {
  let start = blanks(source, at);
  while (mode === 'strict' && /^(?:>>|<<|\r?\n)/.test(source.slice(start, start + 2)))
    start = blanks(source, lineEnd(source, start));
  const match = /^resume:[ \t]*("?)(auto|manual|never)\1[ \t\r]*(?:>>.*)?$/.exec(
    source.slice(start, lineEnd(source, start)).replace(/\n$/, ''),
  );
  return match?.[2] ? { resume: match[2], end: lineEnd(source, start) } : { resume: null, end: at };
}
