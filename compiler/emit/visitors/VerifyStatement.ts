import type { VerifyStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { verifyCode } from '../written.js';

/** `verify @v` (security.md 10.3). */
export default function verifyStatement(node: VerifyStatement, e: Emitter): Code {
  return js`${verifyCode('verify', node, e)};`;
}
