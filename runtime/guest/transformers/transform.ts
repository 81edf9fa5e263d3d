/** What the transformer families share. */

import { EMPTY, type Mark } from '../../shared/marks.js';
import { joiner, PROPAGATION } from '../../shared/propagation.js';
import { Box, box, marked } from '../box.js';
import { MlldError } from '../errors.js';
import { jsonData } from '../values/display.js';
import { parseContainer } from '../values/json-text.js';
import { isContainer } from '../values/kinds.js';

/** A built-in transformer: the pipeline's input, explicit arguments; results carry all their marks. */
export type Transformer = (input: Box, args: readonly (Box | undefined)[]) => Box;

const joinInput = joiner(PROPAGATION.transformer, 'input');
const joinArgument = joiner(PROPAGATION.transformer, 'arguments');

/** What a result owes to the input. */
export function inputMark(input: Box): Mark {
  return joinInput(EMPTY, input.deep);
}

/** Runs a transformer; its explicit arguments count like the input. */
export function transformed(transform: Transformer, input: Box, args: readonly (Box | undefined)[]): Box {
  const result = transform(input, args);
  return args.reduce<Box>((all, arg) => (arg ? marked(all, joinArgument(EMPTY, arg.deep)) : all), result);
}

/** Where transformer results come from, for `.mx` (language.md 2.4). */
const ORIGIN = Object.freeze({ origin: 'transformer' });

/** A transformer on text that makes text. */
export function textTransformer(transform: (input: Box) => string): Transformer {
  return (input) => new Box(transform(input), inputMark(input), ORIGIN);
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
  return box(value, inputMark(input), ORIGIN);
}
