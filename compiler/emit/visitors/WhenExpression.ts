import type { WhenExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { whenArms } from '../when.js';

export default function whenExpression(node: WhenExpression, e: Emitter): Code {
  return js`${e.rt('resultOf')}(${e.inline('value', () => whenArms(node, 'value', e))})`;
}
