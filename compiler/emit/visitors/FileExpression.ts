import type { FileExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { fileOptions } from '../files.js';
import { chain } from '../references.js';
import { placeholderCode } from '../templates.js';

export default function fileExpression(node: FileExpression, e: Emitter): Code {
  const placeholder = e.scope.lookup('<>');
  // Inside an `as` template `<>` stands for the file itself.
  if (placeholder && node.path.parts.length === 0) return placeholderCode(placeholder.js, node, e);
  const load = e.await(js`${e.rt('load')}(${e.context}, ${e.module}, ${fileOptions(node, e)}, ${e.site(node.loc)})`);
  return chain(load, node.access, 'file', node, e);
}
