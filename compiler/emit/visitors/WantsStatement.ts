import type { WantsStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `wants` (security.md 6), checked before the next directive. */
export default function wantsStatement(node: WantsStatement, e: Emitter): Code {
  return js`${e.rt('wants')}(${e.context}, M, ${e.expr(node.value)}, ${e.site(node.loc)});`;
}
