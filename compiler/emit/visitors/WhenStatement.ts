import type { WhenStatement } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';
import { whenArms } from '../when.js';

export default function whenStatement(node: WhenStatement, e: Emitter): Code {
  return whenArms(node.when, e.fn.kind === 'module' ? 'print' : 'statement', e);
}
