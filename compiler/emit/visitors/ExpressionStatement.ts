import type { ExpressionStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function expressionStatement(node: ExpressionStatement, e: Emitter): Code {
  return js`${e.expr(node.value)};`;
}
