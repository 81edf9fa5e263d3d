import type { Reference } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';
import { reference } from '../references.js';

export default function visitReference(node: Reference, e: Emitter): Code {
  return { unit: e.unit.id, span: node.loc, name: node.name, code: reference(node, e) };
}
