/** The text a js body is compiled from (language.md 5.5). */

import type { JsBody } from '../../shared/bundle.js';
import type { StackEntry } from './options.js';

/** Lines of wrapping before the body's first line. */
const LINES_BEFORE = 1;

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/**
 * Scripts that evaluate to the body's factory: the first takes the body for one expression, whose
 * value is the result; when that does not parse, the second takes it for statements.
 *
 * @throws SyntaxError when a parameter's name is none
 */
export function bodyScripts(body: JsBody): [expression: string, statements: string] {
  const names = ['console', ...(body.scope ?? []).map((entry) => entry.name)];
  const invalid = [...names, ...body.params].find((name) => !IDENTIFIER.test(name));
  if (invalid !== undefined) throw new SyntaxError(`Invalid parameter name '${invalid}'`);
  // A body that never waits stays synchronous, so that shadow functions return values (language.md 5.8).
  const keyword = /\bawait\b/.test(body.code) ? 'async function' : 'function';
  const head = `(function(${names.join()}){return ${keyword}(${body.params.join()}){`;
  const expression = body.code.trimEnd().replace(/;$/, '');
  return [`${head}return(\n${expression}\n)}})`, `${head}\n${body.code}\n}})`];
}

/** File name of a body in the engine's stack texts. */
export const bodyFile = (index: number): string => `js-${index}`;

/** The body a stack frame belongs to. */
export function bodyOfFile(file: string): number | undefined {
  const match = /^js-(\d+)$/.exec(file);
  return match ? Number(match[1]) : undefined;
}

/**
 * A place in a body's script as a place in the body. Where the parser fails because the body ends too
 * early, it stands behind the body; then the place is the body's end.
 */
export function placeInBody(code: string, line: number, column: number): { line: number; column: number } {
  const lines = code.split('\n');
  if (line - LINES_BEFORE <= lines.length) return { line: line - LINES_BEFORE, column };
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

/** The frames of a cell's stack that are in bodies, with the places they have there. */
export function framesInBodies(stack: readonly StackEntry[]): StackEntry[] {
  return (
    stack
      .filter(({ file }) => bodyOfFile(file) !== undefined)
      // The engine may name the function itself rather than a place in it.
      .map((frame) =>
        frame.line > LINES_BEFORE ? { ...frame, line: frame.line - LINES_BEFORE } : { ...frame, line: 1, column: 1 },
      )
  );
}

/** True when calls of the body cannot share an instance: it, or a body it can call, has a console. */
export function mentionsConsole(bodies: readonly JsBody[], index: number, seen = new Set<number>()): boolean {
  const body = bodies[index];
  if (!body || seen.has(index)) return false;
  seen.add(index);
  return /\bconsole\b/.test(body.code) || (body.scope ?? []).some((entry) => mentionsConsole(bodies, entry.body, seen));
}
