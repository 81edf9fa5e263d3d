/** Finds the end of a `sh { … }` body. */

/** What an unclosed quote or substitution leaves open; the top is where the scanner is. */
type Open = 'brace' | 'parameter' | 'substitution' | 'double' | 'paren';

interface Heredoc {
  word: string;
  dashed: boolean;
}

const HEREDOC = /<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"\n]+)"|\\?([A-Za-z_][\w-]*))/y;

function skipHeredocs(source: string, at: number, heredocs: Heredoc[]): number {
  let line = at;
  for (const { word, dashed } of heredocs) {
    for (;;) {
      const end = source.indexOf('\n', line);
      const text = source.slice(line, end < 0 ? source.length : end);
      line = end < 0 ? source.length : end + 1;
      if ((dashed ? text.trimStart() : text).trimEnd() === word || end < 0) break;
    }
  }
  return line;
}

/** True at a `#` that starts a comment: at the start of a word. */
function startsComment(source: string, start: number, at: number): boolean {
  return at === start || /[\s;(|&]/.test(source[at - 1] ?? '');
}

/**
 * Walks over a shell script from an offset to the brace that closes what is open there: quotes, comments, here
 * documents and substitutions may hold braces of their own.
 *
 * @returns the offset of the closing brace, -1 when the script ends before it
 */
export function shellEnd(source: string, start: number): number {
  const stack: Open[] = [];
  let heredocs: Heredoc[] = [];
  for (let at = start; at < source.length; at += 1) {
    const char = source[at];
    const top = stack.at(-1);
    if (char === '\\') {
      at += 1;
    } else if (char === '$' && source[at + 1] === '{') {
      stack.push('parameter');
      at += 1;
    } else if (char === '$' && source[at + 1] === '(') {
      stack.push('substitution');
      at += 1;
    } else if (char === '"') {
      if (top === 'double') stack.pop();
      else stack.push('double');
    } else if (top === 'parameter' && char === '}') {
      stack.pop();
    } else if (top === 'double') {
      // Everything else is text.
    } else if (char === "'" && top !== 'parameter') {
      const close = source.indexOf("'", at + 1);
      if (close < 0) return -1;
      at = close;
    } else if (char === '#' && top !== 'parameter' && startsComment(source, start, at)) {
      const end = source.indexOf('\n', at);
      if (end < 0) return -1;
      at = end - 1;
    } else if (char === '<' && source[at + 1] === '<' && source[at + 2] !== '<') {
      HEREDOC.lastIndex = at;
      const match = HEREDOC.exec(source);
      if (match) {
        heredocs.push({ word: match[2] ?? match[3] ?? match[4] ?? '', dashed: match[1] === '-' });
        at += match[0].length - 1;
      }
    } else if (char === '\n' && heredocs.length > 0) {
      at = skipHeredocs(source, at + 1, heredocs) - 1;
      heredocs = [];
    } else if (char === '{') {
      stack.push('brace');
    } else if (char === '}') {
      if (top === undefined) return at;
      if (top === 'brace') stack.pop();
    } else if (char === '(') {
      stack.push('paren');
    } else if (char === ')' && (top === 'paren' || top === 'substitution')) {
      stack.pop();
    }
  }
  return -1;
}
