import type { FileStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { template } from '../templates.js';

export default function fileStatement(node: FileStatement, e: Emitter): Code {
  return js`${e.operation('writeFile', js`${e.context}, M, ${template(node.path.parts, e)}, ${e.expr(node.value)}, ${e.site(node.loc)}`)};`;
}
