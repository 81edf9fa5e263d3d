/** The methods of strings, on bare text; `callMethod` adds the marks (language.md 2.9). */

import { type Box, isObject, memberOf } from '../box.js';
import { MlldError } from '../errors.js';
import { toText } from './display.js';
import { type Args, given, numberArg, textArg } from './method-args.js';

type StringMethod = (text: string, args: Args) => unknown;

export const STRING_METHODS: Readonly<Record<string, StringMethod>> = {
  includes: (text, [part, from]) => text.includes(textArg(part), numberArg(from)),
  indexOf: (text, [part, from]) => text.indexOf(textArg(part), numberArg(from)),
  startsWith: (text, [part, from]) => text.startsWith(textArg(part), numberArg(from)),
  endsWith: (text, [part, end]) => text.endsWith(textArg(part), numberArg(end)),
  toLowerCase: (text) => text.toLowerCase(),
  toUpperCase: (text) => text.toUpperCase(),
  trim: (text) => text.trim(),
  split: (text, [separator, limit]) => (given(separator) ? text.split(pattern(separator), numberArg(limit)) : [text]),
  slice: (text, [from, to]) => text.slice(numberArg(from), numberArg(to)),
  substring: (text, [from, to]) => text.substring(numberArg(from) ?? 0, numberArg(to)),
  replace: (text, [search, replacement]) =>
    given(search) ? text.replace(pattern(search), textArg(replacement)) : text,
  replaceAll: (text, [search, replacement]) => (given(search) ? replaceAll(text, search, replacement) : text),
  match: (text, [search]) => match(text, search),
  padStart: (text, [length, fill]) => text.padStart(numberArg(length) ?? 0, textArg(fill, ' ')),
  padEnd: (text, [length, fill]) => text.padEnd(numberArg(length) ?? 0, textArg(fill, ' ')),
  repeat: (text, [count]) => repeat(text, numberArg(count) ?? 0),
};

/** What to search for: a regular expression, or text. */
function pattern(search: Box): string | RegExp {
  return search.value instanceof RegExp ? search.value : toText(search);
}

/** An object replaces key by key, in order: later keys see what earlier ones inserted. */
function replaceAll(text: string, search: Box, replacement: Box | undefined): string {
  const { value } = search;
  if (isObject(value)) {
    let result = text;
    for (const key of Object.keys(value)) {
      const inserted = toText(memberOf(search, value[key]));
      result = result.replaceAll(key, () => inserted);
    }
    return result;
  }
  if (value instanceof RegExp && !value.global)
    return text.replaceAll(new RegExp(value.source, `${value.flags}g`), textArg(replacement));
  return text.replaceAll(pattern(search), textArg(replacement));
}

/** The match and its groups, every match for a global expression, or null. */
function match(text: string, search: Box | undefined): (string | null)[] | null {
  if (!given(search)) return [''];
  const found = text.match(search.value instanceof RegExp ? search.value : expression(toText(search)));
  return found === null ? null : [...found].map((group) => group ?? null);
}

function expression(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch {
    throw new MlldError('Mlld', 'INVALID_REGEX', 'The argument of .match() is not a regular expression');
  }
}

function repeat(text: string, count: number): string {
  if (count < 0 || !Number.isFinite(count))
    throw new MlldError('Mlld', 'INVALID_COUNT', '.repeat() expects a count of zero or more');
  return text.repeat(count);
}
