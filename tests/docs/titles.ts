/** Whether a test that something refers to is there. */

import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const texts = new Map<string, string>();

/** True when the file, from the root of the repository, has a test or a row of tests with this title. */
export function hasTest(file: string, title: string): boolean {
  let text = texts.get(file);
  if (text === undefined) {
    const full = path.join(root, file);
    text = fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : '';
    texts.set(file, text);
  }
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) => text.includes(literal));
}
