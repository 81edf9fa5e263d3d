import type { LogStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function logStatement(node: LogStatement, e: Emitter): Code {
  return e.directiveUnder(node.with, () => {
    const value = node.value === null ? (e.scope.lookup('|')?.js ?? e.rt('NOTHING')) : e.expr(node.value);
    return js`${e.operation('log', js`${e.context}, ${value}, ${e.site(node.loc)}`)};`;
  });
}
