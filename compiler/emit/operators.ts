/** The runtime's functions for operators. */

import type { BinaryExpression, Span } from '../../grammar/ast.js';
import { type Code, js, str } from './code.js';
import type { Emitter } from './emitter.js';

/** Those that have a function of their own (runtime/guest/operators.ts). */
export const OPERATOR_FUNCTIONS = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'remainder',
  '<': 'less',
  '<=': 'atMost',
  '>': 'greater',
  '>=': 'atLeast',
  '==': 'equal',
  '!=': 'unequal',
} as const;

/** An operator on two operands that are both evaluated. */
export function operation(
  operator: BinaryExpression['operator'],
  left: Code,
  right: Code,
  loc: Span,
  e: Emitter,
): Code {
  const name = (OPERATOR_FUNCTIONS as Readonly<Record<string, string>>)[operator];
  const operands = js`${left}, ${right}, ${e.site(loc)}`;
  return name ? js`${e.rt(name)}(${operands})` : js`${e.rt('binary')}(${str(operator)}, ${operands})`;
}
