import type { BlockExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function blockExpression(node: BlockExpression, e: Emitter): Code {
  return js`${e.rt('resultOf')}(${e.inline('value', () => e.statements(node.body))})`;
}
