const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};

/**
 * Decodes the inside of `$'…'`, starting after the opening quote.
 *
 * @returns the text and the offset after the closing quote (or the end of the source)
 */
export function readAnsiC(source: string, start: number): { text: string; end: number } {
  let text = '';
  let at = start;
  while (at < source.length && source[at] !== "'") {
    if (source[at] !== '\\' || at + 1 >= source.length) {
      text += source[at++];
      continue;
    }
    const rest = source.slice(at + 1, at + 11);
    const code = /^(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|c([\s\S]))/.exec(rest);
    if (code) {
      text += decode(code);
      at += 1 + code[0].length;
    } else {
      text += SIMPLE[rest[0]!] ?? `\\${rest[0]}`;
      at += 2;
    }
  }
  return { text, end: at + 1 };
}

function decode(code: RegExpExecArray): string {
  if (code[1] !== undefined) return String.fromCharCode(Number.parseInt(code[1], 8) & 0xff);
  if (code[5] !== undefined) return String.fromCharCode(code[5].charCodeAt(0) & 0x1f);
  const point = Number.parseInt((code[2] ?? code[3] ?? code[4])!, 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
}
