import type { NeedsStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `needs` (security.md 6), checked before the next directive. */
export default function needsStatement(node: NeedsStatement, e: Emitter): Code {
  return js`${e.rt('needs')}(${e.context}, M, ${e.expr(node.value)}, ${e.site(node.loc)});`;
}
