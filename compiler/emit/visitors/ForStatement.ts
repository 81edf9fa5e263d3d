import type { ForStatement } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';
import { forEach } from '../for.js';

export default function forStatement(node: ForStatement, e: Emitter): Code {
  return forEach(node.for, e);
}
