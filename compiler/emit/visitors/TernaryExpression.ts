import type { TernaryExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';

export default function ternaryExpression(node: TernaryExpression, e: Emitter): Code {
  const test = e.tolerating(() => e.expr(node.test));
  const branch = (value: TernaryExpression['test']) =>
    e.lambda({ kind: 'value', ownContext: false }, () => js`(${e.tolerating(() => e.expr(value))})`);
  const consequent = branch(node.consequent);
  const alternate = branch(node.alternate);
  return e.runtime('ternary', consequent.async || alternate.async, js`${test}, ${consequent.code}, ${alternate.code}`);
}
