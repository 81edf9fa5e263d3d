import type { Wildcard } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';

/** `*` is always true. */
export default function wildcard(_node: Wildcard, e: Emitter): Code {
  return e.rt('TRUE');
}
