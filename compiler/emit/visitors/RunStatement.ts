import type { RunStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { runValue } from '../runs.js';

export default function runStatement(node: RunStatement, e: Emitter): Code {
  const outer = e.overridden(node.with);
  const context = e.unique('c');
  if (outer === e.context)
    return js`${e.operation('printRun', js`${e.context}, ${runValue(node.value, node.with, 'run', e)}, ${e.site(node.loc)}`)};`;
  return e.withContext(
    context,
    outer,
    () =>
      js`${e.operation('printRun', js`${e.context}, ${runValue(node.value, node.with, 'run', e)}, ${e.site(node.loc)}`)};`,
  );
}
