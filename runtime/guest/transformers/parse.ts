/** `@parse` and its variants, `@pretty` (language.md 8.6). */

import { Box, type Extra } from '../box.js';
import { prettyJson, textView } from '../values/display.js';
import { isContainer } from '../values/kinds.js';
import { Json5Error, parseJson5, readJson5 } from './json5.js';
import { containerData, derived, inputMark, type Transformer, textTransformer, transformerError } from './transform.js';

/** A parsed container interpolates as indented JSON; the text is made when somebody asks for it. */
class ParsedExtra implements Extra {
  readonly origin = 'transformer';
  private pretty: string | undefined;
  constructor(private readonly data: unknown) {}

  get text(): string {
    this.pretty ??= prettyJson(this.data);
    return this.pretty;
  }
}

function parsed(input: Box, data: unknown): Box {
  if (!isContainer(data)) return derived(input, data);
  return new Box(data, inputMark(input), new ParsedExtra(data));
}

/** A container that is passed on gets the same text view as one that was parsed. */
function passed(input: Box): Box {
  return new Box(input.value, input.mark, new ParsedExtra(input.value), input.deep);
}

/** The cause of a failure quotes the text, so labelled text has none. */
function cause(input: Box, error: unknown): string {
  return input.deep.labels.length === 0 && error instanceof Error ? error.message : 'the text is not valid JSON';
}

function looseFailure(name: string, input: Box, text: string, error: unknown): Error {
  if (text.trimStart().startsWith('```')) {
    return transformerError(
      name,
      'JSON parsing failed: input appears to be wrapped in markdown code fences. Use @parse.llm',
    );
  }
  return transformerError(
    name,
    `JSON parsing failed (use @parse.llm for LLM responses with code fences)\n\n${cause(input, error)}`,
  );
}

/** JSON5; containers pass. `name` is what messages call the transformer. */
export function parseLoose(name: string): Transformer {
  return (input) => {
    if (isContainer(input.value)) return passed(input);
    const text = textView(input);
    try {
      return parsed(input, JSON.parse(text));
    } catch {
      // Not JSON; it may still be JSON5.
    }
    try {
      return parsed(input, parseJson5(text));
    } catch (error) {
      throw looseFailure(name, input, text, error);
    }
  };
}

/** JSON only. */
export function parseStrict(name: string): Transformer {
  return (input) => {
    if (isContainer(input.value)) return passed(input);
    try {
      return parsed(input, JSON.parse(textView(input)));
    } catch (error) {
      throw transformerError(
        name,
        `Strict JSON parsing failed (use @parse.loose for relaxed syntax)\n\n${cause(input, error)}`,
      );
    }
  };
}

/** The first JSON container in a code fence or in prose; null when there is none. */
export const parseLlm: Transformer = (input) => {
  if (isContainer(input.value)) return passed(input);
  const data = findContainer(textView(input));
  return data === undefined ? derived(input, null) : parsed(input, data);
};

const FENCE = /^[ \t]*```[^\n]*\n([\s\S]*?)^[ \t]*```/gm;

/** How often the search may read the whole text: unbalanced brackets cost linear time. */
const EFFORT = 8;

/** What one attempt costs besides the characters it reads. */
const ATTEMPT = 32;

/** A bracket that could begin a container, with the first character inside. */
const OPENING = /\{\s*(?:["'}$\w/\\]|[^\0-\x7f])|\[\s*[[\]{"'+\-.\w/]/g;

function findContainer(text: string): unknown {
  for (const [, body] of text.matchAll(FENCE)) {
    const found = firstContainer(body!);
    if (found !== undefined) return found;
  }
  return firstContainer(text);
}

/**
 * Tries one opening bracket after the other. Those that were open where a reading failed are passed
 * over, and the search gives up when it has read too much.
 */
function firstContainer(text: string): unknown {
  const hopeless = new Set<number>();
  let effort = text.length * EFFORT;
  OPENING.lastIndex = 0;
  for (let found = OPENING.exec(text); found !== null && effort > 0; found = OPENING.exec(text)) {
    const start = found.index;
    OPENING.lastIndex = start + 1;
    if (hopeless.has(start)) continue;
    try {
      return readJson5(text, start).value;
    } catch (error) {
      if (!(error instanceof Json5Error)) throw error;
      effort -= error.position - start + ATTEMPT;
      for (const position of error.open) hopeless.add(position);
    }
  }
  return undefined;
}

/** Lines as an array: blank ones dropped, blanks at their ends removed. */
export const parseFromList: Transformer = (input) => {
  if (isContainer(input.value)) return passed(input);
  const lines = textView(input)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  return parsed(input, lines);
};

/** JSON indented by two; text that is no JSON stays. */
export const pretty: Transformer = textTransformer((input) => {
  const data = containerData(input);
  return data === undefined ? textView(input) : prettyJson(data);
});
