import type { RegexLiteral } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function regexLiteral(node: RegexLiteral, e: Emitter): Code {
  return js`${e.rt('box')}(new RegExp(${str(node.pattern)}, ${str(node.flags)}))`;
}
