/** Pass: conditions of guards about operations that take the list of inputs for one value (security.md 3.3). */

import type { BinaryExpression, Expression, GuardStatement } from '../../grammar/ast.js';
import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import { walk } from './walk.js';

export default function guardInputs(session: Session, unit: SourceUnit): void {
  walk(unit.ast, (node) => {
    if (node.type !== 'GuardStatement') return undefined;
    const { filter, body } = node as unknown as GuardStatement;
    // A label may be one of the data, and then `@input` is the value that has it.
    if (filter.kind !== 'label') reportComparisons(session, unit, body);
    return false;
  });
}

function reportComparisons(session: Session, unit: SourceUnit, body: GuardStatement['body']): void {
  walk(body, (node) => {
    if (node.type !== 'BinaryExpression') return undefined;
    const { operator, left, right } = node as unknown as BinaryExpression;
    if (operator !== '==' && operator !== '!=') return undefined;
    if ((isInput(left) && isScalar(right)) || (isInput(right) && isScalar(left))) {
      const always = operator === '==' ? 'false' : 'true';
      session.warning('MlldDirective', 'guard_input_list', { operator, always }, unit.file, node.loc);
    }
    return undefined;
  });
}

function isInput(node: Expression): boolean {
  return node.type === 'Reference' && node.name === 'input' && node.access.length === 0;
}

function isScalar({ type }: Expression): boolean {
  return type === 'Literal' || type === 'Template';
}
