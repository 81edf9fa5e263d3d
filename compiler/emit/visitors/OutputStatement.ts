import type { OutputStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { targetCode } from '../targets.js';

export default function outputStatement(node: OutputStatement, e: Emitter): Code {
  return e.directiveUnder(node.with, () => {
    const value = node.value ? e.expr(node.value) : (e.scope.lookup('|')?.js ?? 'null');
    const format = node.format === null ? 'null' : str(node.format);
    return js`${e.operation('output', js`${e.context}, M, ${value}, ${targetCode(node.target, e)}, ${format}, ${e.site(node.loc)}`)};`;
  });
}
