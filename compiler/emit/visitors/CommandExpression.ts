import type { CommandExpression } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import { commandCode } from '../commands.js';
import type { Emitter } from '../emitter.js';

export default function commandExpression(node: CommandExpression, e: Emitter): Code {
  return commandCode(node, e, { position: 'value' });
}
