/** Templates as they are written: what signing them signs (security.md 10.3). */

import type { Expression, VerifyExpression, VerifyStatement } from '../../grammar/ast.js';
import { type Code, js, str } from './code.js';
import type { Emitter } from './emitter.js';

/** Quotes that write a template whether it has placeholders or not. */
const TEMPLATE_QUOTES: ReadonlySet<string> = new Set(['backtick', 'colon2', 'colon3', 'brackets']);

/** The text of a template with its placeholders, and the labels it is declared with; null for other values. */
export function written(value: Expression, labels: readonly string[], e: Emitter): Code | null {
  if (value.type !== 'Template') return null;
  const isPlain = value.parts.every((part) => part.type === 'TemplateText');
  if (isPlain && !TEMPLATE_QUOTES.has(value.quote)) return null;
  const text = value.parts.map((part) => (part.type === 'TemplateText' ? part.text : e.source(part.loc))).join('');
  return js`{ text: ${str(text)}, labels: ${JSON.stringify(labels)} }`;
}

/** A call that compares what a variable says with its signature. */
export function verifyCode(
  operation: 'verify' | 'verification',
  node: VerifyStatement | VerifyExpression,
  e: Emitter,
): Code {
  const { name } = node.name;
  const binding = e.scope.lookup(name);
  return e.operation(
    operation,
    js`${e.context}, ${binding?.js ?? 'undefined'}, ${str(name)}, ${binding?.written ?? 'null'}, ${e.site(node.loc)}`,
  );
}
