import type { UnaryExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function unaryExpression(node: UnaryExpression, e: Emitter): Code {
  return js`${e.rt('not')}(${e.tolerating(() => e.expr(node.operand))})`;
}
