import type { NewExpression } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { callArguments } from '../references.js';

export default function newExpression(node: NewExpression, e: Emitter): Code {
  const args = callArguments(node.args, node.callee.name, e);
  return e.await(
    js`${e.rt('construct')}(${e.context}, ${e.expr(node.callee)}, [${args}], ${str(node.callee.name)}, ${e.site(node.loc)})`,
  );
}
