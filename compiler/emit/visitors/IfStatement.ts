import type { IfStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function ifStatement(node: IfStatement, e: Emitter): Code {
  const mark = e.unique('t');
  const test = e.tolerating(() => e.expr(node.test));
  return js`{\nconst ${mark} = ${test};\nif (${e.rt('holds')}(${mark})) ${e.underCondition(`${mark}.deep`, () => e.block(node.consequent.body))}${
    node.alternate ? js` else ${e.underCondition(`${mark}.deep`, () => e.block(node.alternate!.body))}` : ''
  }\n}`;
}
