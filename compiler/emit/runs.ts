/** `run …` and what it runs, as a value (language.md 6.1). */

import type { Expression, WithClause } from '../../grammar/ast.js';
import type { Code } from './code.js';
import { codeCode } from './code-blocks.js';
import { commandCode, type Position } from './commands.js';
import type { Emitter } from './emitter.js';

/** The value of what `run` runs; `clause` is the `with` behind it. */
export function runValue(node: Expression, clause: WithClause | null, position: Position, e: Emitter): Code {
  switch (node.type) {
    case 'CommandExpression':
      return commandCode(node, e, { position, clause });
    case 'CodeExpression':
      return codeCode(node, e, { position, clause });
    case 'RunExpression':
      return runValue(node.value, node.with ?? clause, position, e);
    case 'StreamExpression':
      return runValue(node.value, clause, position, e);
    default:
      return e.expr(node);
  }
}
