import type { BoxStatement } from '../../../grammar/ast.js';
import { boxCode } from '../boxes.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function boxStatement(node: BoxStatement, e: Emitter): Code {
  return js`${e.overriding(node.box.with, () => boxCode(node.box, e))};`;
}
