/** What the transformer families share. */

import { Box, box } from '../box.js';
import { MlldError } from '../errors.js';
import { jsonData } from '../values/display.js';
import { parseContainer } from '../values/json-text.js';
import { isContainer } from '../values/kinds.js';

/** A built-in transformer: the pipeline's input, explicit arguments; results carry all their marks. */
export type Transformer = (input: Box, args: readonly (Box | undefined)[]) => Box;

/** Where transformer results come from, for `.mx` (language.md 2.4). */
const ORIGIN = Object.freeze({ origin: 'transformer' });

/** A transformer on text that makes text. */
export function textTransformer(transform: (input: Box) => string): Transformer {
  return (input) => new Box(transform(input), input.deep, ORIGIN);
}

/** The container a value is, or its text is the JSON of; undefined for other text and scalars. */
export function containerData(input: Box): object | undefined {
  if (isContainer(input.value)) return jsonData(input.value) as object;
  return typeof input.value === 'string' ? parseContainer(input.value) : undefined;
}

/** The error of a transformer, as language.md 8.6 words it. */
export function transformerError(name: string, message: string): MlldError {
  return new MlldError('Mlld', 'TRANSFORMER_FAILED', `Transformer ${name} failed: ${message}`);
}

/** A plain value under the marks of what it was made from. */
export function derived(input: Box, value: unknown): Box {
  return box(value, input.deep, ORIGIN);
}
