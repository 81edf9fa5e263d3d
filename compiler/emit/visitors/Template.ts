import type { Template } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';
import { template } from '../templates.js';

export default function visitTemplate(node: Template, e: Emitter): Code {
  return template(node.parts, e);
}
