/** Finds the end of a `js { … }` body. */

/** After these words a slash starts a regular expression. */
const BEFORE_REGEX = /(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield|instanceof)$/;

/** Where a piece of the code that is not plain code begins and ends. */
export interface Piece {
  kind: 'string' | 'comment' | 'template' | 'regex';
  start: number;
  end: number;
}

/** True when a slash after the code before it starts a regular expression and not a division. */
function startsRegex(source: string, start: number, at: number): boolean {
  let before = at - 1;
  while (before >= start && /\s/.test(source[before] ?? '')) before -= 1;
  if (before < start) return true;
  const char = source[before] ?? '';
  if (/[\w$]/.test(char)) return BEFORE_REGEX.test(source.slice(Math.max(start, before - 12), before + 1));
  return !/[)\]}"'`]/.test(char);
}

function skipString(source: string, at: number): number {
  const quote = source[at];
  for (let end = at + 1; end < source.length; end += 1) {
    if (source[end] === '\\') end += 1;
    else if (source[end] === quote) return end + 1;
    else if (source[end] === '\n') return end;
  }
  return source.length;
}

function skipRegex(source: string, at: number): number {
  let inClass = false;
  for (let end = at + 1; end < source.length; end += 1) {
    const char = source[end];
    if (char === '\\') end += 1;
    else if (char === '\n') return at + 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return end + 1;
  }
  return at + 1;
}

/**
 * Walks over JavaScript from an offset to the brace that closes what is open there.
 *
 * @param visit sees the pieces that are not plain code; the text parts of template literals one by one
 * @returns the offset of the closing brace, -1 when the code ends before it
 */
export function javascriptEnd(source: string, start: number, visit: (piece: Piece) => void = () => {}): number {
  /** `{` for a brace of the code, `$` for one that interpolates in a template literal. */
  const stack: string[] = [];
  let inTemplate = false;
  for (let at = start; at < source.length; ) {
    if (inTemplate) {
      let end = at;
      while (end < source.length && source[end] !== '`' && !source.startsWith('${', end))
        end += source[end] === '\\' ? 2 : 1;
      visit({ kind: 'template', start: at, end: Math.min(end, source.length) });
      inTemplate = false;
      if (source[end] === '$') stack.push('$');
      at = end + (source[end] === '$' ? 2 : 1);
      continue;
    }
    const char = source[at];
    let end = at + 1;
    if (char === '"' || char === "'") {
      end = skipString(source, at);
      visit({ kind: 'string', start: at, end });
    } else if (char === '`') {
      inTemplate = true;
    } else if (char === '/' && (source[at + 1] === '/' || source[at + 1] === '*')) {
      const close = source[at + 1] === '/' ? source.indexOf('\n', at) : source.indexOf('*/', at + 2) + 2;
      end = close < at + 2 ? source.length : close;
      visit({ kind: 'comment', start: at, end });
    } else if (char === '/' && startsRegex(source, start, at)) {
      end = skipRegex(source, at);
      if (end > at + 1) visit({ kind: 'regex', start: at, end });
    } else if (char === '{') {
      stack.push('{');
    } else if (char === '}') {
      const opened = stack.pop();
      if (opened === undefined) return at;
      inTemplate = opened === '$';
    }
    at = end;
  }
  return -1;
}
