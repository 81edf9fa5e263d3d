import type { RunExpression } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';
import { runValue } from '../runs.js';

export default function runExpression(node: RunExpression, e: Emitter): Code {
  return e.overriding(node.with, () =>
    e.under(node.stream ? e.streamed() : e.context, () => runValue(node.value, node.with, 'value', e)),
  );
}
