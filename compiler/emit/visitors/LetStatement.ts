import type { LetStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { shapeOf } from '../regions.js';

/** `let @x = …`: visible from here to the end of the block (language.md 4.2, 4.3). */
export default function letStatement(node: LetStatement, e: Emitter): Code {
  e.checkLet(node.name);
  const value = e.strictly(() => e.expr(node.value));
  const bound = node.labels.length ? js`${e.rt('labelled')}(${value}, ${JSON.stringify(node.labels)})` : value;
  const again = e.scope.own(node.name.name);
  const shape = shapeOf(node.value);
  if (again?.kind === 'let') {
    if (again.shape !== shape) again.shape = null;
    return js`${again.js} = ${bound};`;
  }
  const binding = e.declare(node.name.name, 'let', node.name.loc);
  binding.shape = shape;
  return js`let ${binding.js} = ${bound};`;
}
