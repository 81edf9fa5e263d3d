import type { CheckpointStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { template } from '../templates.js';

export default function checkpointStatement(node: CheckpointStatement, e: Emitter): Code {
  const name = node.name.type === 'Template' ? template(node.name.parts, e) : e.expr(node.name);
  return js`${e.rt('checkpoint')}(${e.context}, ${name}, ${e.site(node.loc)});`;
}
