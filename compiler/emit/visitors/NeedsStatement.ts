import type { NeedsStatement } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

/**
 * `needs` (security.md 6) is checked before the program begins; what stays for the run is that the
 * keychain may be imported after it.
 */
export default function needsStatement(node: NeedsStatement, e: Emitter): Code {
  const keychain = node.value.members.some(
    (member) =>
      member.kind === 'pair' &&
      member.key === 'keychain' &&
      member.value.type === 'Literal' &&
      member.value.value === true,
  );
  return keychain ? js`${e.rt('needsKeychain')}(M);` : '';
}
