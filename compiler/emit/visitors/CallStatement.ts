import type { CallStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function callStatement(node: CallStatement, e: Emitter): Code {
  if (node.value.type === 'Reference') e.running = node.value;
  return e.directiveUnder(
    node.with,
    () => js`${e.operation('printRun', js`${e.context}, ${e.expr(node.value)}, ${e.site(node.loc)}`)};`,
  );
}
