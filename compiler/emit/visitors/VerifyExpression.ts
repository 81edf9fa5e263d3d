import type { VerifyExpression } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';
import { verifyCode } from '../written.js';

/** `verify @v` as a value: what is known of the signature (security.md 10.3). */
export default function verifyExpression(node: VerifyExpression, e: Emitter): Code {
  return verifyCode('verification', node, e);
}
