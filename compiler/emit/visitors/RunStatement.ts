import type { RunStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { runValue } from '../runs.js';

export default function runStatement(node: RunStatement, e: Emitter): Code {
  return e.directiveUnder(node.with, () => {
    const value = e.under(node.stream ? e.streamed() : e.context, () => runValue(node.value, node.with, 'run', e));
    return js`${e.operation('printRun', js`${e.context}, ${value}, ${e.site(node.loc)}`)};`;
  });
}
