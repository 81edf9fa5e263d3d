import type { VerifyStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `verify @v` (security.md 10.3). */
export default function verifyStatement(node: VerifyStatement, e: Emitter): Code {
  const binding = e.scope.lookup(node.name.name);
  return js`${e.rt('verify')}(M, ${binding?.js ?? 'undefined'}, ${str(node.name.name)}, ${e.site(node.loc)});`;
}
