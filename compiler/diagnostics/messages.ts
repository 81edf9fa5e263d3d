import { MESSAGES } from './generated.js';

/** A message of the catalogue with its parameters filled in. */
export interface Message {
  text: string;
  hint?: string;
}

const PARAM = /%([a-z][A-Za-z0-9]*)%/g;

/**
 * The message of an entry of the error catalogue (`messages/*.md`).
 *
 * @param code key of the entry
 * @param params a value for every `%param%` of the message and its hint
 * @throws {Error} when the code is unknown or a parameter is missing: both are mistakes in the compiler
 */
export function message(code: string, params: Readonly<Record<string, string | number>>): Message {
  const entry = Object.hasOwn(MESSAGES, code) ? MESSAGES[code] : undefined;
  if (!entry) throw new Error(`Unknown message '${code}'`);
  const fill = (template: string): string =>
    template.replace(PARAM, (_, name: string) => {
      const value = Object.hasOwn(params, name) ? params[name] : undefined;
      if (value === undefined) throw new Error(`Message '${code}' needs the parameter '${name}'`);
      return String(value);
    });
  const text = fill(entry.text);
  return entry.hint === undefined ? { text } : { text, hint: fill(entry.hint) };
}
