/** `run …` and what it runs, as a value (language.md 6.1). */

import type { Expression, Reference, WithClause } from '../../grammar/ast.js';
import type { Code } from './code.js';
import { type CodeParameter, codeCode } from './code-blocks.js';
import { commandCode, type Position } from './commands.js';
import type { Emitter } from './emitter.js';

/** `run @f`: an executable named without parentheses is called (language.md 6.1). */
function calledReference(node: Reference, e: Emitter): Code {
  const last = node.access[node.access.length - 1];
  const call: Reference =
    last?.kind === 'call' ? node : { ...node, access: [...node.access, { kind: 'call', args: [], loc: node.loc }] };
  e.running = call;
  return e.expr(call);
}

/** The value of what `run` runs; `clause` is the `with` behind it. */
export function runValue(
  node: Expression,
  clause: WithClause | null,
  position: Position,
  e: Emitter,
  params: readonly CodeParameter[] = [],
): Code {
  switch (node.type) {
    case 'CommandExpression':
      return commandCode(node, e, { position, clause, params });
    case 'CodeExpression':
      return codeCode(node, e, { position, clause });
    case 'RunExpression':
      return e.under(node.stream ? e.streamed() : e.context, () =>
        runValue(node.value, node.with ?? clause, position, e, params),
      );
    case 'StreamExpression':
      return e.under(e.streamed(), () => runValue(node.value, clause, position, e, params));
    case 'Reference':
      return calledReference(node, e);
    default:
      return e.expr(node);
  }
}
