/** Scanners of white space, lines and words. All take the source and an offset and answer an offset. */

const DIRECTIVE_WORDS =
  'var|exe|show|log|run|output|append|files|file|stream|if|when|for|loop|while|bail|checkpoint|import|export|guard|hook|policy|auth|sign|verify|needs|wants|profiles|box|env|let';

/** After `/`: a directive word that is not part of a path or a longer word (language.md 1.3). */
const DIRECTIVE = new RegExp(`/(?:(?:${DIRECTIVE_WORDS})(?![\\w./-])|=>)`, 'y');

/** The same without the slash, or a call, as strict mode has it at the start of a line. */
const STRICT_DIRECTIVE = new RegExp(`(?:/?(?:(?:${DIRECTIVE_WORDS})(?![\\w./-])|=>)|@[A-Za-z_][\\w.-]*\\()`, 'y');

const BLANK = /[ \t\r]/;

/** The end of the blanks at `at`. */
export function blanks(source: string, at: number): number {
  let end = at;
  for (;;) {
    const code = source.charCodeAt(end);
    if (code !== 32 && code !== 9 && code !== 13) return end;
    end += 1;
  }
}

/** The end of the white space at `at`, lines included. */
export function space(source: string, at: number): number {
  let end = at;
  for (;;) {
    const code = source.charCodeAt(end);
    if (code !== 32 && code !== 9 && code !== 13 && code !== 10) return end;
    end += 1;
  }
}

/** The end of what separates statements in a block: white space, `;`, and comments after a blank or a bracket. */
export function gap(source: string, at: number): number {
  let end = at;
  for (;;) {
    const next = space(source, end);
    if (source[next] === ';') {
      end = next + 1;
    } else if (startsComment(source, next)) {
      end = lineEnd(source, next);
    } else {
      return next;
    }
  }
}

/** True at `>>` or `<<` after a blank, a line start, a bracket or a separator (language.md 1.6). */
export function startsComment(source: string, at: number): boolean {
  const mark = source.slice(at, at + 2);
  if (mark !== '>>' && mark !== '<<') return false;
  return at === 0 || /[\s[\];]/.test(source[at - 1] ?? '');
}

/** The start of the next line. */
export function lineEnd(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end + 1;
}

/** True at a `/` that starts a directive of markdown mode. */
export function isDirective(source: string, at: number): boolean {
  DIRECTIVE.lastIndex = at;
  return DIRECTIVE.test(source);
}

/** True where a line of strict mode starts a directive. */
export function isStrictDirective(source: string, at: number): boolean {
  STRICT_DIRECTIVE.lastIndex = at;
  return STRICT_DIRECTIVE.test(source);
}

/** True on a line that starts with a value and has a bar with an effect, or a `with` (language.md 1.3). */
export function mayBeEffectLine(source: string, at: number): boolean {
  if (!/["'`@:]/.test(source[at] ?? '')) return false;
  const line = source.slice(at, lineEnd(source, at));
  return /\|\s*\/?(?:show|log|output|append)\b|\bwith\s*\{/.test(line);
}

/** True before a line whose bar can only continue a pipeline: a row of a table looks different. */
export function continuesPipeline(source: string, at: number): boolean {
  const end = space(source, at);
  if (source[end] !== '|' || source[end + 1] === '|' || !source.slice(at, end).includes('\n')) return false;
  return /^\|[ \t]*(?:@[A-Za-z_]|cmd[ \t]*[{:(]|while[ \t]*\(|(?:show|log|output|append)\b(?![^\n]*\|[ \t]*(?:\n|$)))/.test(
    source.slice(end, lineEnd(source, end)),
  );
}

/** True for `@name` and what may follow it in a reference. */
export function isReference(word: string): boolean {
  return /^@[A-Za-z_][\w-]*(?:\.[\w-]+|\[[^\]]*\])*$/.test(word);
}

/** True for an operator that may as well be ordinary text or the start of what follows a value. */
export function mayStartText(operator: string): boolean {
  return operator === '*' || operator === '-' || operator === '<' || operator === '>' || operator === '/';
}

/** Words that start a value, so that they are no labels. */
const VALUE_WORDS =
  /^(?:cmd|sh|bash|shell|js|javascript|node|nodejs|py|python|run|when|for|foreach|loop|box|env|new|stream|show|log|output|append|true|false|null|none|denied|allow|deny|retry)$/;

/** True at labels that modify a value: `pii,internal @x`, `!secret @x`, `trusted! @x`, `clear!` (security.md 2.1). */
export function hasLabelModifiers(source: string, at: number): boolean {
  const match = /^!?[A-Za-z_][\w:-]*!?(?:[ \t]*,[ \t]*!?[A-Za-z_][\w:-]*!?)*(?=[ \t]|$)/.exec(
    source.slice(at, lineEnd(source, at)).trimEnd(),
  );
  if (!match) return false;
  const [labels] = match;
  if (/[!,]/.test(labels)) return true;
  return !VALUE_WORDS.test(labels) && /["'`@:[{<(\d-]/.test(source[blanks(source, at + labels.length)] ?? '');
}

/** True at a minus that is an operator: next to names a hyphen belongs to the name (language.md 1.7). */
export function isMinus(source: string, at: number): boolean {
  return !(/\w/.test(source[at - 2] ?? '') && source[at] === '@');
}

/** The end of the word or character at an offset. */
export function tokenEnd(source: string, at: number): number {
  if (at >= source.length) return source.length;
  const word = /^@?[A-Za-z0-9_][\w-]*/.exec(source.slice(at, at + 80));
  return at + (word ? word[0].length : 1);
}

/** What stands at an offset, in words, for messages. */
export function describe(source: string, at: number): string {
  if (at >= source.length) return 'the end of the file';
  const char = source[at] ?? '';
  if (char === '\n') return 'the end of the line';
  const word = /^[A-Za-z_@][\w-]*/.exec(source.slice(at, at + 40));
  if (word) return `"${word[0]}"`;
  return BLANK.test(char) ? 'a blank' : `"${String.fromCodePoint(source.codePointAt(at) ?? 32)}"`;
}
