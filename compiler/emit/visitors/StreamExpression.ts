import type { StreamExpression } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function streamExpression(node: StreamExpression, e: Emitter): Code {
  return e.under(e.streamed(), () => e.expr(node.value));
}
