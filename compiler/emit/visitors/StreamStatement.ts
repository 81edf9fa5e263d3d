import type { StreamStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

/** With streaming off, `stream @f()` runs and prints nothing by itself (language.md 10.5). */
export default function streamStatement(node: StreamStatement, e: Emitter): Code {
  return e.directiveUnder(node.with, () => {
    return js`${e.operation('streamed', js`${e.context}, ${e.under(e.streamed(), () => e.expr(node.value))}, ${e.site(node.loc)}`)};`;
  });
}
