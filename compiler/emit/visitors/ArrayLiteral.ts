import type { ArrayLiteral } from '../../../grammar/ast.js';
import { type Code, joinCode, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function arrayLiteral(node: ArrayLiteral, e: Emitter): Code {
  const elements = node.elements.map(({ value, optional }) =>
    optional ? js`${e.rt('optional')}(${e.tolerating(() => e.expr(value))})` : e.expr(value),
  );
  const make = node.elements.some(({ optional }) => optional) ? 'makeArrayOf' : 'makeArray';
  return js`${e.rt(make)}([${joinCode(elements, ', ')}])`;
}
