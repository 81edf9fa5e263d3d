import type { ObjectLiteral, ObjectMember } from '../../../grammar/ast.js';
import { type Code, joinCode, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function objectLiteral(node: ObjectLiteral, e: Emitter): Code {
  const make = node.members.some((m) => m.kind === 'pair' && m.optional) ? 'makeObjectOf' : 'makeObject';
  return js`${e.rt(make)}([${joinCode(
    node.members.map((m) => member(m, e)),
    ', ',
  )}])`;
}

function member(node: ObjectMember, e: Emitter): Code {
  if (node.kind === 'spread') {
    const binding = e.scope.lookup(node.value.name);
    if (!binding) return js`...${e.rt('spreadUndefined')}(${str(node.value.name)}, ${e.site(node.loc)})`;
    return js`...${e.rt('spread')}(${e.expr(node.value)}, ${str(node.value.name)}, ${e.site(node.loc)})`;
  }
  e.program.mayHold([node.key]);
  if (node.optional) return js`[${str(node.key)}, ${e.rt('optional')}(${e.tolerating(() => e.expr(node.value))})]`;
  return js`[${str(node.key)}, ${e.expr(node.value)}]`;
}
