import { blanks, isDirective, isStrictDirective, lineEnd } from './scan/text.js';

/**
 * Where parsing goes on after a syntax error: the next line that starts a directive. Lines that are indented deeper
 * than the statement that failed are taken for its body.
 *
 * @param strict whether a directive may come without its slash
 * @param statement offset of the statement that failed
 * @param failed offset of the error
 * @returns an offset at the start of a line, null when no directive follows
 */
export function resumeAt(source: string, strict: boolean, statement: number, failed: number): number | null {
  const indent = indentation(source, Math.min(statement, failed));
  for (let line = lineEnd(source, failed); line < source.length; line = lineEnd(source, line)) {
    const start = blanks(source, line);
    if (start - line > indent) continue;
    if (strict ? isStrictDirective(source, start) : isDirective(source, start)) return line;
  }
  return null;
}

/** How far the line around an offset is indented. */
function indentation(source: string, at: number): number {
  const line = at > 0 ? source.lastIndexOf('\n', at - 1) + 1 : 0;
  return blanks(source, line) - line;
}
