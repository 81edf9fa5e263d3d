/** Source files are UTF-8; what is not would be compiled with other words than its author wrote. */

import { Buffer, isUtf8 } from 'node:buffer';

/** A source file whose bytes are no UTF-8 text. */
export class NotUtf8Error extends Error {
  /**
   * @param file its path, as it was read
   * @param text what can be made of it
   * @param offset of the first character in `text` that could not be read
   */
  constructor(
    readonly file: string,
    readonly text: string,
    readonly offset: number,
  ) {
    super(`${file} is not UTF-8 text`);
  }
}

/**
 * The text of a source file.
 *
 * @throws NotUtf8Error when it has none
 */
export function sourceText(bytes: Buffer, file: string): string {
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  throw new NotUtf8Error(file, text, firstDamage(bytes, text));
}

/** Where the text stops being what the bytes say: what is made of damage reads otherwise when it is written again. */
function firstDamage(bytes: Buffer, text: string): number {
  const again = Buffer.from(text);
  let at = 0;
  while (bytes[at] === again[at]) at++;
  return bytes.toString('utf8', 0, at).replace(/\uFFFD$/, '').length;
}
