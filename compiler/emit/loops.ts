/** `loop` (language.md 7.7). */

import type { LoopExpression } from '../../grammar/ast.js';
import { type Code, js } from './code.js';
import { delayCode } from './durations.js';
import type { Emitter } from './emitter.js';

/** The loop as an outcome: the value of `done`, or a `return` signal. */
export function loopCode(node: LoopExpression, e: Emitter): Code {
  const limit = node.limit ? e.expr(node.limit) : 'null';
  const until = node.until ? e.lambda({ kind: 'value' }, () => js`(${e.tolerating(() => e.expr(node.until!))})`) : null;
  const body = e.lambda({ kind: 'loop', scope: 'loop' }, () => js`{\n${e.statements(node.body.body)}}`);
  const delay = delayCode(node.delay, e);
  const async = body.async || (until?.async ?? false) || node.delay !== null || e.program.guardsWait;
  return e.runtime(
    'loop',
    async,
    js`${e.context}, ${limit}, ${delay}, ${until ? until.code : 'null'}, ${body.code}, ${e.site(node.loc)}`,
  );
}
