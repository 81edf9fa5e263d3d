import type { Literal } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function literal(node: Literal, e: Emitter): Code {
  if (node.value === null) return e.rt('NULL');
  if (node.value === true) return e.rt('TRUE');
  if (node.value === false) return e.rt('FALSE');
  return e.constant(js`${e.rt('box')}(${typeof node.value === 'string' ? str(node.value) : numeric(node.value)})`);
}

function numeric(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
