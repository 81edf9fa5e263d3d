/** Finds the end of a `py { … }` body. */

function skipString(source: string, at: number): number {
  const quote = source[at] ?? '';
  const triple = quote.repeat(3);
  const long = source.startsWith(triple, at);
  for (let end = at + (long ? 3 : 1); end < source.length; end += 1) {
    if (source[end] === '\\') end += 1;
    else if (long ? source.startsWith(triple, end) : source[end] === quote) return end + (long ? 3 : 1);
    else if (!long && source[end] === '\n') return end;
  }
  return source.length;
}

/**
 * Walks over Python from an offset to the brace that closes what is open there.
 *
 * @returns the offset of the closing brace, -1 when the code ends before it
 */
export function pythonEnd(source: string, start: number): number {
  let depth = 0;
  for (let at = start; at < source.length; ) {
    const char = source[at];
    let end = at + 1;
    if (char === '"' || char === "'") {
      end = skipString(source, at);
    } else if (char === '#') {
      const newline = source.indexOf('\n', at);
      end = newline < 0 ? source.length : newline;
    } else if (char === '{') {
      depth += 1;
    } else if (char === '}') {
      if (depth === 0) return at;
      depth -= 1;
    }
    at = end;
  }
  return -1;
}
