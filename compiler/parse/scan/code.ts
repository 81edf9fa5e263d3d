import { javascriptEnd } from './javascript.js';
import { pythonEnd } from './python.js';
import { shellEnd } from './shell.js';

/** The brace that closes the one before `start` when nothing but braces counts. */
function plainEnd(source: string, start: number): number {
  let depth = 0;
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === '{') depth += 1;
    else if (source[at] === '}') {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return -1;
}

/**
 * The end of a code block (language.md 5.2, 6.1): the brace that closes it, braces in strings and comments of its
 * language aside. Code that leaves a quote open is read by its braces alone: it is for its own interpreter to refuse.
 *
 * @param language as written: `js`, `python` …
 * @param start offset after the opening brace
 * @returns the offset of the closing brace, -1 without one
 */
export function codeEnd(language: string, source: string, start: number): number {
  const end = /^(?:js|javascript|node|nodejs)$/.test(language)
    ? javascriptEnd(source, start)
    : /^(?:py|python)$/.test(language)
      ? pythonEnd(source, start)
      : shellEnd(source, start);
  return end < 0 ? plainEnd(source, start) : end;
}
