import type { ForExpression } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';
import { forCollect } from '../for.js';

export default function forExpression(node: ForExpression, e: Emitter): Code {
  return forCollect(node, e);
}
