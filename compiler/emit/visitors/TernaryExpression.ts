import type { TernaryExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { valueRegion } from '../regions.js';

export default function ternaryExpression(node: TernaryExpression, e: Emitter): Code {
  const alternatives = [node.consequent, node.alternate];
  const region = valueRegion(node.test, alternatives, e);
  const test = e.deciding(
    'decisive',
    region,
    e.tolerating(() => e.expr(node.test)),
    node.test.loc,
    alternatives,
  );
  const branch = (value: TernaryExpression['test']) =>
    e.lambda({ kind: 'value', ownContext: false }, () => js`(${e.tolerating(() => e.expr(value))})`);
  const consequent = branch(node.consequent);
  const alternate = branch(node.alternate);
  return e.runtime('ternary', consequent.async || alternate.async, js`${test}, ${consequent.code}, ${alternate.code}`);
}
