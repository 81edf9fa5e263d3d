/**
 * Operators as compiled code calls them. Two numbers, which is what operands mostly are, take the
 * short way; everything else goes through `binary`, with the same result for numbers.
 */

import { EMPTY, type Mark } from '../shared/marks.js';
import { joiner, PROPAGATION } from '../shared/propagation.js';
import { Box, FALSE, TRUE } from './box.js';
import { binary } from './refs.js';

const joinLeft = joiner(PROPAGATION.binary, 'left');
const joinRight = joiner(PROPAGATION.binary, 'right');

function both(left: Box, right: Box): Mark {
  const { deep } = left;
  return deep === right.deep ? deep : joinRight(joinLeft(EMPTY, deep), right.deep);
}

function truth(value: boolean, left: Box, right: Box): Box {
  const mark = both(left, right);
  if (mark !== EMPTY) return new Box(value, mark);
  return value ? TRUE : FALSE;
}

/** What is no number (NaN) is compared as text. */
function areNumbers(a: unknown, b: unknown): boolean {
  // biome-ignore lint/suspicious/noSelfCompare: NaN alone differs from itself, and a call costs more
  return typeof a === 'number' && typeof b === 'number' && a === a && b === b;
}

export function add(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  if (typeof a === 'number' && typeof b === 'number') return new Box(a + b, both(left, right));
  return binary('+', left, right, site);
}

export function subtract(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  if (typeof a === 'number' && typeof b === 'number') return new Box(a - b, both(left, right));
  return binary('-', left, right, site);
}

export function multiply(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  if (typeof a === 'number' && typeof b === 'number') return new Box(a * b, both(left, right));
  return binary('*', left, right, site);
}

export function divide(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  if (typeof a === 'number' && typeof b === 'number') return new Box(a / b, both(left, right));
  return binary('/', left, right, site);
}

export function remainder(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  if (typeof a === 'number' && typeof b === 'number') return new Box(a % b, both(left, right));
  return binary('%', left, right, site);
}

export function less(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  return areNumbers(a, b) ? truth((a as number) < (b as number), left, right) : binary('<', left, right, site);
}

export function atMost(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  return areNumbers(a, b) ? truth((a as number) <= (b as number), left, right) : binary('<=', left, right, site);
}

export function greater(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  return areNumbers(a, b) ? truth((a as number) > (b as number), left, right) : binary('>', left, right, site);
}

export function atLeast(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  return areNumbers(a, b) ? truth((a as number) >= (b as number), left, right) : binary('>=', left, right, site);
}

/** Scalars of one type are equal when they are the same. */
function areAlike(a: unknown, b: unknown): boolean {
  return typeof a === typeof b && (typeof a === 'string' || typeof a === 'number');
}

export function equal(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  return areAlike(a, b) ? truth(a === b, left, right) : binary('==', left, right, site);
}

export function unequal(left: Box, right: Box, site: number): Box {
  const { value: a } = left;
  const { value: b } = right;
  return areAlike(a, b) ? truth(a !== b, left, right) : binary('!=', left, right, site);
}
