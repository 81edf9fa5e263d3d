import type { ProfilesStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `profiles` (security.md 6), checked before the next directive. */
export default function profilesStatement(node: ProfilesStatement, e: Emitter): Code {
  return js`${e.rt('profiles')}(${e.context}, M, ${e.expr(node.value)}, ${e.site(node.loc)});`;
}
