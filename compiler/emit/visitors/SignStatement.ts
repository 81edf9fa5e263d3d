import type { SignStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { template } from '../templates.js';

/** `sign @v by "who" with sha256` (security.md 10.3). */
export default function signStatement(node: SignStatement, e: Emitter): Code {
  const binding = e.scope.lookup(node.name.name);
  const by = node.by ? template(node.by.parts, e) : 'null';
  return js`${e.rt('sign')}(M, ${binding?.js ?? 'undefined'}, ${str(node.name.name)}, ${by}, ${str(node.method)}, ${e.site(node.loc)});`;
}
