/** Equality and order of values (language.md 2.6). Callers join the deep marks of both sides. */

import { Box, isObject } from '../box.js';
import { compactJson } from './display.js';
import { numeric, toNumber } from './numbers.js';

export type Comparison = '==' | '!=' | '~=' | '!~=' | '<' | '>' | '<=' | '>=';

/** The result of a comparison operator. */
export function compare(operator: Comparison, a: Box, b: Box): boolean {
  switch (operator) {
    case '==':
      return looseEqual(a, b);
    case '!=':
      return !looseEqual(a, b);
    case '~=':
      return tolerantEqual(a, b);
    case '!~=':
      return !tolerantEqual(a, b);
    default:
      return ordered(operator, a.value, b.value);
  }
}

/**
 * `==`: identical primitives; a number and a numeric string by number; a boolean and a string by
 * the word; null and undefined alike; containers by deep value. Everything else differs.
 */
export function looseEqual(a: Box, b: Box): boolean {
  return equalValues(a.value, b.value);
}

function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || a === undefined) return b === null || b === undefined;
  if (typeof a === 'object' || typeof b === 'object') return deepEqual(a, b);
  if (typeof a === 'string')
    return typeof b === 'number' ? numeric(a) === b : typeof b === 'boolean' && a === String(b);
  if (typeof b === 'string')
    return typeof a === 'number' ? numeric(b) === a : typeof a === 'boolean' && b === String(a);
  return false;
}

/** Equality of JSON data: the order of keys does not count, types do. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a instanceof Box) return deepEqual(a.value, b);
  if (b instanceof Box) return deepEqual(a, b.value);
  if (a === b) return true;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((member, i) => deepEqual(member, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key]));
}

/** By number when both sides are numbers or convert to them, else by text. */
function ordered(operator: '<' | '>' | '<=' | '>=', a: unknown, b: unknown): boolean {
  let left: number | string = toNumber(a);
  let right: number | string = toNumber(b);
  if (Number.isNaN(left) || Number.isNaN(right)) {
    if (a === null || a === undefined || b === null || b === undefined) return false;
    left = orderText(a);
    right = orderText(b);
  }
  switch (operator) {
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '<=':
      return left <= right;
    case '>=':
      return left >= right;
  }
}

function orderText(value: unknown): string {
  return typeof value === 'object' ? compactJson(value) : String(value);
}

/**
 * `~=`: does the untrusted left side agree with what the right side expects? Null-like values agree
 * with each other; scalars agree as text after numeric coercion; a list (also one written with
 * commas) agrees when every element is among the expected ones. Anything doubtful does not agree:
 * authorizations are matched with this operator (security.md 4).
 */
export function tolerantEqual(actual: Box, expected: Box): boolean {
  return tolerant(actual.value, expected.value);
}

function tolerant(actual: unknown, expected: unknown): boolean {
  if (actual instanceof Box) return tolerant(actual.value, expected);
  if (expected instanceof Box) return tolerant(actual, expected.value);
  if (isNullLike(expected)) return isNullLike(actual);
  if (Array.isArray(expected)) {
    if (Array.isArray(actual)) return actual.every((member) => isAmong(member, expected));
    if (isAmong(actual, expected)) return true;
    return (
      typeof actual === 'string' &&
      actual.includes(',') &&
      actual.split(',').every((part) => isAmong(part.trim(), expected))
    );
  }
  if (Array.isArray(actual)) return actual.length === 1 && tolerant(actual[0], expected);
  if (isObject(expected)) return deepEqual(actual, expected);
  return equalScalars(actual, expected);
}

function isAmong(member: unknown, expected: readonly unknown[]): boolean {
  return expected.some((candidate) => tolerantMember(member, candidate));
}

function tolerantMember(member: unknown, candidate: unknown): boolean {
  if (member instanceof Box) return tolerantMember(member.value, candidate);
  if (candidate instanceof Box) return tolerantMember(member, candidate.value);
  if (typeof candidate === 'object' && candidate !== null) return deepEqual(member, candidate);
  return equalScalars(member, candidate);
}

function isNullLike(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === '' ||
    value === 'null' ||
    (Array.isArray(value) && value.length === 0)
  );
}

function equalScalars(a: unknown, b: unknown): boolean {
  if (typeof a === 'object' || typeof b === 'object' || a === undefined || b === undefined)
    return (a ?? null) === (b ?? null);
  const left = typeof a === 'string' ? numeric(a) : a;
  const right = typeof b === 'string' ? numeric(b) : b;
  if (typeof left === 'number' && typeof right === 'number' && left === right) return true;
  return String(a) === String(b);
}
