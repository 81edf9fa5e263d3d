import type { BinaryExpression } from '../../../grammar/ast.js';
import { type Code, js } from '../code.js';
import type { Emitter } from '../emitter.js';
import { operation } from '../operators.js';
import { valueRegion } from '../regions.js';

const TOLERANT = new Set(['==', '!=', '~=', '!~=', '<', '>', '<=', '>=', '&&', '||']);

export default function binaryExpression(node: BinaryExpression, e: Emitter): Code {
  const { operator } = node;
  const tolerant = TOLERANT.has(operator);
  const left =
    operator === '??'
      ? e.missing(() => e.expr(node.left))
      : tolerant
        ? e.tolerating(() => e.expr(node.left))
        : e.expr(node.left);
  if (operator === '&&' || operator === '||' || operator === '??') return logical(node, left, tolerant, e);
  const right = tolerant ? e.tolerating(() => e.expr(node.right)) : e.expr(node.right);
  return operation(operator, left, right, node.loc, e);
}

/** The right operand is a function: it is only evaluated when the left one does not decide. */
function logical(node: BinaryExpression, left: Code, tolerant: boolean, e: Emitter): Code {
  const { code, async } = e.lambda(
    { kind: 'value', ownContext: false },
    () => js`(${tolerant || e.tolerant ? e.tolerating(() => e.expr(node.right)) : e.expr(node.right)})`,
  );
  const name = node.operator === '&&' ? 'and' : node.operator === '||' ? 'or' : 'coalesce';
  const region = valueRegion(node.left, [node.right], e);
  return e.runtime(name, async, js`${e.deciding('decisive', region, left, node.left.loc, [node.right])}, ${code}`);
}
