/** `foreach @f(A, B)` (language.md 7.6). */

import type { ForeachExpression, Reference } from '../../grammar/ast.js';
import { type Code, joinCode, js, str } from './code.js';
import type { Emitter } from './emitter.js';
import { batched } from './for.js';

export function foreachValue(node: ForeachExpression, e: Emitter): Code {
  const callee: Reference = node.callee;
  const binding = callee.access.length === 0 ? e.scope.lookup(callee.name) : undefined;
  const target = binding ? binding.js : e.expr(callee);
  const async = binding === undefined || e.mayWait(binding);
  const arrays = js`[${joinCode(
    node.args.map((arg) => e.expr(arg)),
    ', ',
  )}]`;
  const value = e.runtime(
    'foreachCall',
    async,
    js`${e.context}, ${target}, ${str(callee.name)}, ${arrays}, ${e.site(node.loc)}`,
  );
  return batched(value, node.batch, node.loc, e, true);
}

/** What `show foreach …` prints. */
export function foreachShown(node: ForeachExpression, e: Emitter): Code {
  const option = (key: string): Code => {
    const entry = node.with?.entries.find((candidate) => candidate.key === key);
    return entry && entry.value.type !== 'StageList' ? js`${e.rt('textOf')}(${e.expr(entry.value)})` : 'null';
  };
  const results = e.overriding(node.with, () => foreachValue(node, e));
  return js`${e.rt('foreachText')}(${results}, ${option('separator')}, ${option('template')})`;
}
