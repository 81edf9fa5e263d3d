/** Operators as compiled code uses them: values in, a value with the joined marks out (security.md 1.4). */

import { EMPTY } from '../../shared/marks.js';
import { type Joiner, joiner, PROPAGATION, type PropagationRow } from '../../shared/propagation.js';
import { type Box, box, marked } from '../box.js';
import { type ArithmeticOperator, arithmetic } from './arithmetic.js';
import { type Comparison, compare } from './compare.js';
import { truthy } from './truth.js';

export type LogicalOperator = '&&' | '||' | '??';
export type BinaryOperator = LogicalOperator | Comparison | ArithmeticOperator;

const joinLeft = joiner(PROPAGATION.binary, 'left');
const joinRight = joiner(PROPAGATION.binary, 'right');
const joinOperand = joiner(PROPAGATION.unary, 'operand');

/** The operands of `&& || ??` that were evaluated. */
const EVALUATED = {
  '&&': operands(PROPAGATION.and),
  '||': operands(PROPAGATION.or),
  '??': operands(PROPAGATION.coalesce),
};

function operands(row: PropagationRow): { left: Joiner; right: Joiner } {
  return { left: joiner(row, 'left'), right: joiner(row, 'right') };
}

/**
 * A binary operator on two evaluated operands. `&& || ??` answer an operand; both were evaluated,
 * so the result carries both marks. Where the right side may not be evaluated, ask `decides` first.
 *
 * @throws MlldError STRING_CONCAT_WITH_PLUS, see `arithmetic`
 */
export function binary(operator: BinaryOperator, a: Box, b: Box): Box {
  switch (operator) {
    case '&&':
    case '||':
    case '??':
      return decides(operator, a)
        ? marked(a, EVALUATED[operator].right(EMPTY, b.deep))
        : marked(b, EVALUATED[operator].left(EMPTY, a.mark));
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(operator, a, b);
    default:
      return box(compare(operator, a, b), joinRight(joinLeft(EMPTY, a.deep), b.deep));
  }
}

/** True when the left operand of a short-circuiting operator is the result (language.md 4.4). */
export function decides(operator: LogicalOperator, a: Box): boolean {
  switch (operator) {
    case '&&':
      return !truthy(a);
    case '||':
      return truthy(a);
    case '??':
      return a.value !== null && a.value !== undefined;
  }
}

/** `!a`: a boolean under the operand's mark. */
export function not(a: Box): Box {
  return box(!truthy(a), joinOperand(EMPTY, a.mark));
}
