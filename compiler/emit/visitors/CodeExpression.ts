import type { CodeExpression } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import { codeCode } from '../code-blocks.js';
import type { Emitter } from '../emitter.js';

export default function codeExpression(node: CodeExpression, e: Emitter): Code {
  return codeCode(node, e, { position: 'value' });
}
