import type { SignStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { template } from '../templates.js';

/** `sign @v by "who" with sha256` (security.md 10.3). */
export default function signStatement(node: SignStatement, e: Emitter): Code {
  const { name } = node.name;
  const binding = e.scope.lookup(name);
  const by = node.by ? template(node.by.parts, e) : 'null';
  return js`${e.operation(
    'sign',
    js`${e.context}, ${binding?.js ?? 'undefined'}, ${str(name)}, ${binding?.written ?? 'null'}, ${by}, ${str(node.method)}, ${e.site(node.loc)}`,
  )};`;
}
