/** Text that may be JSON: recognised by its ends before anybody pays for parsing it. */

const LEFT_BRACE = 0x7b;
const LEFT_BRACKET = 0x5b;
const RIGHT_BRACE = 0x7d;
const RIGHT_BRACKET = 0x5d;

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** True when the first and last visible characters are those of one JSON object or array. */
export function looksLikeContainer(text: string): boolean {
  let start = 0;
  while (start < text.length && isBlank(text.charCodeAt(start))) start++;
  const first = text.charCodeAt(start);
  if (first !== LEFT_BRACE && first !== LEFT_BRACKET) return false;
  let end = text.length - 1;
  while (end > start && isBlank(text.charCodeAt(end))) end--;
  return end > start && text.charCodeAt(end) === (first === LEFT_BRACE ? RIGHT_BRACE : RIGHT_BRACKET);
}

/** The object or array `text` is the JSON of, or undefined. */
export function parseContainer(text: string): object | undefined {
  if (!looksLikeContainer(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

/**
 * The same for what a command printed: `echo` of many shells turns `\n` inside a JSON string into
 * a real newline, so control characters inside strings are taken as their escapes.
 */
export function parsePrintedContainer(text: string): object | undefined {
  const parsed = parseContainer(text);
  if (parsed !== undefined || !looksLikeContainer(text)) return parsed;
  const repaired = withEscapedControls(text);
  return repaired === undefined ? undefined : parseContainer(repaired);
}

const STRING_BODY = /(?:[^"\\]|\\[\s\S])*/y;

/** The text with control characters inside string literals escaped; undefined when a string does not end. */
function withEscapedControls(text: string): string | undefined {
  let result = '';
  let position = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', position)) {
    STRING_BODY.lastIndex = start + 1;
    STRING_BODY.test(text);
    const end = STRING_BODY.lastIndex;
    if (text[end] !== '"') return undefined;
    const body = text.slice(start, end + 1);
    result +=
      text.slice(position, start) + body.replace(/[\u0000-\u001f]/g, (control) => JSON.stringify(control).slice(1, -1));
    position = end + 1;
  }
  return result + text.slice(position);
}

const JSON_START = /^\s*[[{"\-0-9tfn]/;

/** The value `text` is the JSON of, scalars included, or undefined (language.md 5.5). */
export function parseJson(text: string): unknown {
  if (!JSON_START.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
