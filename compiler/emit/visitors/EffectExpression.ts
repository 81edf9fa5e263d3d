import type { EffectExpression } from '../../../grammar/ast.js';
import { action } from '../actions.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function effectExpression(node: EffectExpression, e: Emitter): Code {
  return js`${e.rt('resultOf')}(${e.inline('value', () => action(node.effect, 'value', e))})`;
}
