import { EMPTY } from '../../shared/marks.js';
import { joiner, PROPAGATION } from '../../shared/propagation.js';
import { type Box, box } from '../box.js';
import { MlldError } from '../errors.js';
import { numeric, toNumber } from './numbers.js';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

const joinLeft = joiner(PROPAGATION.binary, 'left');
const joinRight = joiner(PROPAGATION.binary, 'right');

/**
 * `+ - * / %` on numbers and what converts to them (language.md 2.7). The result carries the marks
 * of both sides.
 *
 * @throws MlldError STRING_CONCAT_WITH_PLUS for `+` on two strings that are no numbers
 */
export function arithmetic(operator: ArithmeticOperator, a: Box, b: Box): Box {
  if (operator === '+' && isWord(a.value) && isWord(b.value)) {
    throw new MlldError(
      'MlldDirective',
      'STRING_CONCAT_WITH_PLUS',
      'String concatenation with + is not supported. Use template strings instead.',
      { hint: 'Write the values next to each other in backticks: `@first @second`' },
    );
  }
  return box(compute(operator, toNumber(a.value), toNumber(b.value)), joinRight(joinLeft(EMPTY, a.deep), b.deep));
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && numeric(value) === undefined;
}

function compute(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}
