import type { EffectStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function effectStatement(node: EffectStatement, e: Emitter): Code {
  return js`${e.expr(node.value)};`;
}
