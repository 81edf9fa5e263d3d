import type { AuthStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `auth @name = …` (security.md 7.1). */
export default function authStatement(node: AuthStatement, e: Emitter): Code {
  return js`${e.rt('defineAuth')}(M, ${str(node.name.name)}, ${e.expr(node.value)}, ${e.site(node.loc)});`;
}
