import type { LoopExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { loopCode } from '../loops.js';

export default function loopExpression(node: LoopExpression, e: Emitter): Code {
  return js`${e.rt('resultOf')}(${loopCode(node, e)})`;
}
