import type { BoxExpression } from '../../../grammar/ast.js';
import { boxCode } from '../boxes.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function boxExpression(node: BoxExpression, e: Emitter): Code {
  return e.overriding(node.with, () => js`${e.rt('resultOf')}(${boxCode(node, e)})`);
}
