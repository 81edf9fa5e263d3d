/** File loads `<…>` (language.md 9): the options the runtime's loader takes. */

import type { AstSelector, FileExpression, SectionSelector } from '../../grammar/ast.js';
import { type Code, joinCode, js, str } from './code.js';
import type { Emitter } from './emitter.js';
import { template } from './templates.js';

export function fileOptions(node: FileExpression, e: Emitter): Code {
  const parts: Code[] = [js`path: ${template(node.path.parts, e)}`];
  if (node.optional) parts.push('optional: true');
  if (node.sections) parts.push(js`sections: ${sections(node.sections, e)}`);
  if (node.select)
    parts.push(
      js`select: [${joinCode(
        node.select.items.map((item) => selectorCode(item, e)),
        ', ',
      )}]`,
    );
  if (node.as) {
    const { code } = e.lambda({ kind: 'value', ownContext: false, params: ['$file'] }, () => {
      e.scope.declare({
        name: '<>',
        js: '$file',
        kind: 'item',
        span: node.loc,
        moduleLevel: false,
        definite: true,
        async: null,
        parallelDepth: 0,
      });
      return template(node.as!.parts, e);
    });
    parts.push(js`as: ${code}`);
  }
  return js`{ ${joinCode(parts, ', ')} }`;
}

function selectorCode({ parts, ...item }: AstSelector['items'][number], e: Emitter): Code {
  if (!parts) return JSON.stringify(item);
  return js`${e.rt('selectorOf')}(${template(parts, e)}, ${String(item.usage)}, ${String(item.optional)})`;
}

function sections(node: SectionSelector, e: Emitter): Code {
  const list = (items: SectionSelector['include']): Code =>
    js`[${joinCode(
      items.map((item) => js`{ title: ${template(item.title.parts, e)}, optional: ${String(item.optional)} }`),
      ', ',
    )}]`;
  return js`{ kind: ${str(node.kind)}, level: ${String(node.level)}, include: ${list(node.include)}, exclude: ${list(node.exclude)} }`;
}
