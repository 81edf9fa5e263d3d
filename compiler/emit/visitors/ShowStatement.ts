import type { ShowStatement } from '../../../grammar/ast.js';
import { type Code, js, str } from '../code.js';
import type { Emitter } from '../emitter.js';
import { foreachShown } from '../foreach.js';
import { templateParts } from '../templates.js';

const SUBTYPES: Partial<Record<NonNullable<ShowStatement['value']>['type'], string>> = {
  Template: 'showTemplate',
  Literal: 'showTemplate',
  FileExpression: 'showLoadContent',
  ForeachExpression: 'showForeach',
};

export default function showStatement(node: ShowStatement, e: Emitter): Code {
  return e.directiveUnder(node.with, () => {
    // Guards on labels judge what a shown template interpolates, part by part (security.md 5.4).
    const value =
      node.value?.type === 'Template' && e.program.hasGuards
        ? templateParts(node.value.parts, e)
        : node.value === null
          ? (e.scope.lookup('|')?.js ?? e.rt('NOTHING'))
          : node.value.type === 'ForeachExpression'
            ? foreachShown(node.value, e)
            : e.expr(node.value);
    const call = node.value?.type === 'Reference' && node.value.access.some((a) => a.kind === 'call');
    const subtype = call ? 'showInvocation' : ((node.value && SUBTYPES[node.value.type]) ?? 'showVariable');
    return js`${e.operation('show', js`${e.context}, ${value}, ${e.site(node.loc)}, ${str(subtype)}`)};`;
  });
}
