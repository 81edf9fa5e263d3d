import type { ControlStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `skip`, `done`, `continue`, `retry`: whoever runs the code around decides what they mean. */
export default function controlStatement(node: ControlStatement, e: Emitter): Code {
  const value = node.value
    ? e.conditioned(e.strictly(() => e.expr(node.value!)))
    : node.keyword === 'skip' && e.condition !== null
      ? e.conditioned(e.rt('NULL'))
      : 'null';
  const signal = js`${e.rt('signal')}(${str(node.keyword)}, ${value}, ${e.site(node.loc)})`;
  return e.fn.kind === 'module' ? js`${e.rt('resultOf')}(${signal});` : js`return ${signal};`;
}
