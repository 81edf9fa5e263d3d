import type { EffectExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import { action } from '../actions.js';
import type { Emitter } from '../emitter.js';

export default function effectExpression(node: EffectExpression, e: Emitter): Code {
  return js`${e.rt('valueOf')}(${e.inline('value', () => action(node.effect, 'value', e))})`;
}
