/**
 * Templates a module exports with `{{name}}` placeholders of its own that it does not define: the
 * importing module fills them when it uses the template (language.md 3.4). Only placeholders of the
 * literal count; text that looks like one inside a value is data.
 */

import type { Expression, TemplatePart } from '../../grammar/ast.js';
import { AMBIENT_IN_TEXT } from './ambient.js';
import { type Code, js, str } from './code.js';
import type { Emitter } from './emitter.js';
import { isBuiltinFunction } from './references.js';
import type { Binding } from './scope.js';

/** The name a part waits for; null when the module itself has the value. */
function openName(part: TemplatePart, e: Emitter): string | null {
  if (part.type !== 'TemplateReference' || part.modifier.kind !== 'none') return null;
  const { name, access } = part.ref;
  const isPlain = access.length === 0 && part.pipes.length === 0;
  return isPlain && !e.scope.lookup(name) && !AMBIENT_IN_TEXT.has(name) && !isBuiltinFunction(name) ? name : null;
}

/** Names the importing module may fill in, one for each interpolated part; null when there are none. */
export function openNames(node: Expression, e: Emitter): (string | null)[] | null {
  if (!e.unit.imported || node.type !== 'Template' || node.quote !== 'colon3') return null;
  const names = node.parts.filter((part) => part.type !== 'TemplateText').map((part) => openName(part, e));
  return names.some((name) => name !== null) ? names : null;
}

/** A use of an imported template: what the importing module has for its placeholders. */
export function filled(value: Code, binding: Binding, e: Emitter): Code {
  const known = (binding.open ?? []).flatMap((name) => {
    const found = e.scope.lookup(name);
    return found && !(found.kind === 'lazy' && found.async) && found !== binding
      ? [js`[${str(name)}, ${found.js}]`]
      : [];
  });
  if (known.length === 0) return value;
  return js`${e.rt('fillTemplate')}(${value}, [${known.map((entry, i) => [i ? ', ' : '', entry])}])`;
}
