/** The built-in transformers by the names scripts use (language.md 8.6). */

import { lower, trim, upper } from './case.js';
import { csv } from './csv.js';
import { md } from './markdown.js';
import { parseFromList, parseLlm, parseLoose, parseStrict, pretty } from './parse.js';
import { sort } from './sort.js';
import type { Transformer } from './transform.js';
import { typeOf } from './typeof.js';
import { xml } from './xml.js';

export type { Transformer } from './transform.js';

/** `@parse`, its deprecated name `@json`, and their variants with dot and underscore. */
function parseFamily(name: string): [string, Transformer][] {
  const variants: [string, Transformer][] = [
    ['fromlist', parseFromList],
    ['llm', parseLlm],
    ['loose', parseLoose(`${name}.loose`)],
    ['strict', parseStrict(`${name}.strict`)],
  ];
  return [
    [name, parseLoose(name)],
    ...variants.flatMap(([variant, run]): [string, Transformer][] => [
      [`${name}.${variant}`, run],
      [`${name}_${variant}`, run],
    ]),
  ];
}

const NAMED: [string, Transformer][] = [
  ['upper', upper],
  ['lower', lower],
  ['trim', trim],
  ...parseFamily('parse'),
  ...parseFamily('json'),
  ['pretty', pretty],
  ['sort', sort],
  ['csv', csv],
  ['xml', xml],
  ['md', md],
  ['typeof', typeOf],
];

/** Every transformer under its name and its upper-case spelling. */
export const TRANSFORMERS: ReadonlyMap<string, Transformer> = new Map([
  ...NAMED,
  ...NAMED.map(([name, run]): [string, Transformer] => [name.toUpperCase(), run]),
]);
