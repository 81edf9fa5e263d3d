/** `with { guards: … }` (security.md 3.6): the names in it are names of guards, not references. */

import type { Expression } from '../../grammar/ast.js';
import { type Code, joinCode, js, str } from './code.js';
import type { Emitter } from './emitter.js';

/** The clause's value, with `"@g"` and `@g` as the text `@g`. */
export function guardsClause(node: Expression, e: Emitter): Code {
  if (node.type !== 'ObjectLiteral') return e.expr(node);
  const members = node.members.map((member) => {
    if (member.kind === 'spread' || member.value.type !== 'ArrayLiteral') return null;
    const names = member.value.elements.map((element) => guardName(element.value));
    if (names.some((name) => name === null)) return null;
    return js`[${str(member.key)}, ${e.rt('box')}(${JSON.stringify(names)})]`;
  });
  if (members.some((member) => member === null)) return e.expr(node);
  return js`${e.rt('makeObject')}([${joinCode(members as Code[], ', ')}])`;
}

/** The name of a guard as it is written, with or without quotes; null when it is something else. */
export function guardName(node: Expression): string | null {
  if (node.type === 'Reference') return node.access.length === 0 ? `@${node.name}` : null;
  if (node.type !== 'Template') return null;
  const parts = node.parts.map((part) => {
    if (part.type === 'TemplateText') return part.text;
    return part.type === 'TemplateReference' && part.ref.access.length === 0 ? `@${part.ref.name}` : null;
  });
  return parts.some((part) => part === null) ? null : parts.join('');
}
