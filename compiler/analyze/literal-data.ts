/** The data of an expression that is written out: what declarations are made of. */

import type { Expression, TemplatePart } from '../../grammar/ast.js';
import { record } from '../../runtime/shared/record.js';

/** Answers for a variable whose data is known, and undefined for every other. */
export type KnownData = (name: string) => unknown;

const NOTHING_KNOWN: KnownData = () => undefined;

/** The data of a literal, of texts, arrays and objects made of such; undefined when a part is only known at run time. */
export function literalData(node: Expression, known: KnownData = NOTHING_KNOWN): unknown {
  switch (node.type) {
    case 'Literal':
      return node.value;
    case 'Template': {
      let text = '';
      for (const part of node.parts) {
        const inserted = part.type === 'TemplateText' ? part.text : insertedText(part, known);
        if (inserted === undefined) return undefined;
        text += inserted;
      }
      return text;
    }
    case 'ArrayLiteral': {
      const list: unknown[] = [];
      for (const { value, optional } of node.elements) {
        const data = optional ? undefined : literalData(value, known);
        if (data === undefined) return undefined;
        list.push(data);
      }
      return list;
    }
    case 'ObjectLiteral': {
      const object = record<unknown>();
      for (const member of node.members) {
        if (member.kind === 'spread') {
          const data = literalData(member.value, known);
          if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
          Object.assign(object, data);
          continue;
        }
        const data = member.optional ? undefined : literalData(member.value, known);
        if (data === undefined) return undefined;
        object[member.key] = data;
      }
      return object;
    }
    case 'Reference':
      return node.access.length === 0 ? known(node.name) : undefined;
    default:
      return undefined;
  }
}

/** What a variable whose data is known inserts into a text. */
function insertedText(part: TemplatePart, known: KnownData): string | undefined {
  if (part.type !== 'TemplateReference' || part.modifier.kind !== 'none' || part.pipes.length > 0) return undefined;
  const data = literalData(part.ref, known);
  return typeof data === 'string' || Number.isSafeInteger(data) ? String(data) : undefined;
}
