/**
 * Generated code as a tree: strings, lists, and pieces that remember which range of the mlld
 * source they came from. It becomes text at once, and a source map only when somebody needs one.
 */

import type { Span } from '../../grammar/ast.js';

export interface Mapped {
  readonly unit: number;
  readonly span: Span;
  readonly name: string | null;
  readonly code: Code;
}

export type Code = string | readonly Code[] | Mapped;

export function isMapped(code: Code): code is Mapped {
  return typeof code === 'object' && !Array.isArray(code);
}

/** Builds code from a template literal: `js\`call(${x})\``. */
export function js(texts: TemplateStringsArray, ...values: Code[]): Code {
  const parts: Code[] = [];
  for (let i = 0; i < texts.length; i++) {
    if (texts[i]) parts.push(texts[i]!);
    if (i < values.length) parts.push(values[i]!);
  }
  return parts;
}

/** Joins pieces with a separator. */
export function joinCode(pieces: readonly Code[], separator: string): Code {
  const parts: Code[] = [];
  pieces.forEach((piece, i) => {
    if (i > 0) parts.push(separator);
    parts.push(piece);
  });
  return parts;
}

/** The text of a piece of code. */
export function textOf(code: Code): string {
  const out: string[] = [];
  const stack: Code[] = [code];
  while (stack.length) {
    const top = stack.pop()!;
    if (typeof top === 'string') out.push(top);
    else if (isMapped(top)) stack.push(top.code);
    else for (let i = top.length - 1; i >= 0; i--) stack.push(top[i]!);
  }
  return out.join('');
}

/** A JavaScript string literal that is also safe inside `<script>` and template files. */
export function str(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (c) => (c === '\u2028' ? '\\u2028' : '\\u2029'));
}
