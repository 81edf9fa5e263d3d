import type { BailStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function bailStatement(node: BailStatement, e: Emitter): Code {
  return js`throw ${e.rt('bail')}(${node.message ? e.expr(node.message) : 'null'}, ${e.site(node.loc)});`;
}
