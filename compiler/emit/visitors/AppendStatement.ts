import type { AppendStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { targetCode } from '../targets.js';

export default function appendStatement(node: AppendStatement, e: Emitter): Code {
  return e.directiveUnder(node.with, () => {
    const value = node.value ? e.expr(node.value) : (e.scope.lookup('|')?.js ?? e.rt('NOTHING'));
    return js`${e.operation('append', js`${e.context}, M, ${value}, ${targetCode(node.target, e)}, ${e.site(node.loc)}`)};`;
  });
}
