import type { ForeachExpression } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';
import { foreachValue } from '../foreach.js';

export default function foreachExpression(node: ForeachExpression, e: Emitter): Code {
  return e.overriding(node.with, () => foreachValue(node, e));
}
