import type { IfStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { ifRegion } from '../regions.js';

export default function ifStatement(node: IfStatement, e: Emitter): Code {
  const { consequent, alternate } = node;
  const region = ifRegion(node.test, [consequent, alternate], e);
  const test = e.unique('t');
  const value = e.tolerating(() => e.expr(node.test));
  const block = (body: typeof consequent.body): Code => e.underCondition(`${test}.deep`, () => e.block(body));
  return js`{\nconst ${test} = ${value};\nif (${e.decides(region, test, node.test.loc, [consequent, alternate])}) ${block(consequent.body)}${
    alternate ? js` else ${block(alternate.body)}` : ''
  }\n${e.dependent(region, `${test}.deep`)}}`;
}
