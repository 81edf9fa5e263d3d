import type { CallStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function callStatement(node: CallStatement, e: Emitter): Code {
  const outer = e.overridden(node.with);
  if (node.value.type === 'Reference') e.running = node.value;
  const print = (): Code =>
    js`${e.operation('printRun', js`${e.context}, ${e.expr(node.value)}, ${e.site(node.loc)}`)};`;
  return outer === e.context ? print() : e.withContext(e.unique('c'), outer, print);
}
