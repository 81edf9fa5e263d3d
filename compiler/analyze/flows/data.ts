/**
 * What values are, where the source says it: conditions over them are decided before a run, and texts
 * made of them are known. Only what the language says without exceptions is computed here
 * (language.md 2.3, 2.5, 2.6); everything else is unknown.
 */

import type { BinaryOperator } from '../../../grammar/ast.js';
import { record } from '../../../runtime/shared/record.js';
import { type Scalar, SOMEWHERE, type Value } from './values.js';

/** Whether the value counts as true; undefined where only a run knows. */
export function truth(value: Value): boolean | undefined {
  const { data, shape, members, exact } = value;
  if (data !== undefined) return typeof data === 'string' ? !['', 'false', '0', 'NaN'].includes(data) : Boolean(data);
  if (shape === undefined || members === null || !exact || members.has(SOMEWHERE)) return undefined;
  return members.size > 0;
}

/** What a template inserts for the value. */
export function textOf({ data }: Value): string | undefined {
  if (typeof data === 'number') return Number.isSafeInteger(data) ? String(data) : undefined;
  return typeof data === 'string' || typeof data === 'boolean' ? String(data) : undefined;
}

/** The value of an operation on two scalars. */
export function folded(operator: BinaryOperator, left: Value, right: Value): Scalar | undefined {
  const [a, b] = [left.data, right.data];
  if (a === undefined || b === undefined || typeof a !== typeof b) return undefined;
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  switch (operator) {
    case '<':
      return a < b;
    case '>':
      return a > b;
    case '<=':
      return a <= b;
    case '>=':
      return a >= b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      return undefined;
  }
}

/** The data of a value with everything in it; undefined when a part is only known at run time. */
export function dataOf({ data, shape, members, exact }: Value): unknown {
  if (data !== undefined) return data;
  if (shape === undefined || members === null || !exact || members.has(SOMEWHERE)) return undefined;
  const parts = [...members].map(([name, member]) => [name, dataOf(member)] as const);
  if (parts.some(([, part]) => part === undefined)) return undefined;
  return shape === 'list' ? parts.map(([, part]) => part) : Object.assign(record(), Object.fromEntries(parts));
}
