import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { box } from '../../../runtime/guest/box.js';
import { arithmetic } from '../../../runtime/guest/values/arithmetic.js';
import { type Comparison, compare, looseEqual, tolerantEqual } from '../../../runtime/guest/values/compare.js';
import { makeArray } from '../../../runtime/guest/values/objects.js';
import { type BinaryOperator, binary, decides, not } from '../../../runtime/guest/values/operators.js';
import { truthy } from '../../../runtime/guest/values/truth.js';
import { join } from '../../../runtime/shared/marks.js';
import { executable, failure, labels, mixedArray, PII, pii, plainBox, SECRET, secret } from './values.js';

describe('truthy (language.md 2.5)', () => {
  it.each([false, null, undefined, '', 'false', '0', 'NaN', 0, Number.NaN, [], {}])('%j is false', (value) => {
    expect(truthy(plainBox(value))).toBe(false);
  });

  it.each([' ', 'no', 'null', [0], { a: 0 }, -1, true, 'False'])('%j is true', (value) => {
    expect(truthy(plainBox(value))).toBe(true);
  });

  it('tests a command by its text, and one that failed is false', () => {
    expect(truthy(plainBox([], { text: '[]', origin: 'cmd' }))).toBe(true);
    expect(truthy(plainBox('stderr text', { text: 'stderr text', origin: 'cmd', failed: true }))).toBe(false);
  });

  it('executables are true', () => expect(truthy(plainBox(executable()))).toBe(true));
});

describe('== (language.md 2.6)', () => {
  it.each<[unknown, unknown, boolean]>([
    [1, '1', true],
    [1, '01', true],
    [1, ' 1 ', true],
    [0, '', false],
    [true, 'true', true],
    [false, 'false', true],
    [null, undefined, true],
    [null, false, false],
    [0, false, false],
    ['', null, false],
    [false, '', false],
    [true, 1, false],
    [[1, { a: 2 }], [1, { a: 2 }], true],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [[1], [1, 2], false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: undefined }, { b: undefined }, false],
    ['a', 'A', false],
    [[1], '[1]', false],
    [Number.NaN, Number.NaN, false],
  ])('%j == %j is %j', (a, b, result) => {
    expect(looseEqual(plainBox(a), plainBox(b))).toBe(result);
    expect(looseEqual(plainBox(b), plainBox(a))).toBe(result);
    expect(compare('!=', plainBox(a), plainBox(b))).toBe(!result);
  });

  it('compares through boxes', () => {
    expect(looseEqual(mixedArray(), plainBox(['s', 'pub']))).toBe(true);
  });

  it('compares own members only', () => {
    expect(looseEqual(plainBox(JSON.parse('{"__proto__": 1}')), plainBox({ x: 1 }))).toBe(false);
    expect(looseEqual(plainBox({ toString: 1 }), plainBox({ x: 1 }))).toBe(false);
  });
});

describe('~= (language.md 2.6)', () => {
  it.each<[unknown, unknown, boolean]>([
    ['alice', ['alice'], true],
    ['alice', ['alice', 'bob'], true],
    [['bob', 'alice'], ['alice', 'bob'], true],
    [['a'], ['a', 'b'], true],
    [['a', 'b'], ['a'], false],
    ['bob, alice', ['alice', 'bob'], true],
    ['bob, mallory', ['alice', 'bob'], false],
    ['null', [], true],
    ['', null, true],
    [null, 'null', true],
    [[], null, true],
    ['x', null, false],
    [null, ['a'], false],
    [null, 'a', false],
    ['11', 11, true],
    [11, '11.0', true],
    ['A', 'a', false],
    [' a ', 'a', false],
    [['a'], 'a', true],
    [['a', 'b'], 'a', false],
    [{ a: 1 }, { a: 1 }, true],
    [{ a: 1 }, { a: 2 }, false],
    [[{ a: 1 }], [{ a: 1 }, { b: 1 }], true],
    ['mallory', ['mallory@example.com'], false],
  ])('%j ~= %j is %j', (actual, expected, result) => {
    expect(tolerantEqual(plainBox(actual), plainBox(expected))).toBe(result);
    expect(compare('!~=', plainBox(actual), plainBox(expected))).toBe(!result);
  });
});

describe('order (language.md 2.6)', () => {
  it.each<[Comparison, unknown, unknown, boolean]>([
    ['>', '5', 4, true],
    ['>', '10', '9', true],
    ['>', 'b', 'a', true],
    ['>', null, 1, false],
    ['<', undefined, 1, false],
    ['<=', 2, 2, true],
    ['>=', 'a', 'b', false],
    ['<', true, 2, true],
    ['<', Number.NaN, 1, false],
  ])('%s on %j and %j', (operator, a, b, result) => expect(compare(operator, plainBox(a), plainBox(b))).toBe(result));
});

describe('arithmetic (language.md 2.7)', () => {
  it.each<['+' | '-' | '*' | '/' | '%', unknown, unknown, number]>([
    ['+', '5', 3, 8],
    ['+', true, 1, 2],
    ['+', null, 3, 3],
    ['-', 'x', 1, Number.NaN],
    ['*', 2, '4', 8],
    ['/', 10, 3, 10 / 3],
    ['%', 10, 3, 1],
    ['/', 1, 0, Infinity],
    ['+', 'hello', 5, Number.NaN],
    ['+', [1], 1, Number.NaN],
  ])('%s on %j and %j', (operator, a, b, result) =>
    expect(arithmetic(operator, plainBox(a), plainBox(b)).value).toBe(result),
  );

  it('refuses to concatenate', () => {
    const error = failure(() => arithmetic('+', plainBox('a'), plainBox('b')));
    expect(error).toMatchObject({ kind: 'MlldDirective', code: 'STRING_CONCAT_WITH_PLUS' });
    expect(error.message).toBe('String concatenation with + is not supported. Use template strings instead.');
    expect(error.info.hint).toContain('`@first @second`');
  });
});

describe('marks of operators (security.md 1.4 rows 15–19, leak 2)', () => {
  const operators: BinaryOperator[] = [
    '==',
    '!=',
    '~=',
    '!~=',
    '<',
    '>',
    '<=',
    '>=',
    '+',
    '-',
    '*',
    '/',
    '%',
    '&&',
    '||',
    '??',
  ];

  it.each(operators)('%s joins both operands', (operator) => {
    expect(labels(binary(operator, secret(5), pii(3)))).toEqual(expect.arrayContaining(['secret', 'pii']));
    expect(labels(binary(operator, pii(0), secret(3)))).toEqual(expect.arrayContaining(['secret', 'pii']));
  });

  it('reads marks inside containers', () => {
    expect(labels(binary('==', mixedArray(), box(1)))).toEqual(['secret']);
    expect(labels(binary('<', box(1), mixedArray()))).toEqual(['secret']);
  });

  it('&& || ?? answer operands', () => {
    expect(binary('&&', plainBox('x'), plainBox('y')).value).toBe('y');
    expect(binary('&&', plainBox(''), plainBox('y')).value).toBe('');
    expect(binary('||', plainBox(0), plainBox(null)).value).toBe(null);
    expect(binary('??', plainBox(0), plainBox(1)).value).toBe(0);
    expect(binary('??', plainBox(undefined), plainBox(1)).value).toBe(1);
  });

  it('tells when the left side decides', () => {
    expect([decides('&&', plainBox('')), decides('||', plainBox('')), decides('??', plainBox(''))]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('not answers a boolean under the operand’s mark', () => {
    expect(not(secret('x'))).toMatchObject({ value: false, mark: SECRET });
  });

  it('is monotone: more labels in, never fewer out', () => {
    const scalar = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(fc.constantFrom(...operators), scalar, scalar, (operator, a, b) => {
        let result: readonly string[];
        try {
          result = labels(binary(operator, box(a, SECRET), box(b, join(SECRET, PII))));
        } catch {
          return;
        }
        expect(result).toEqual(expect.arrayContaining(['secret', 'pii']));
      }),
    );
  });

  it('compares one-element arrays of labelled members', () => {
    expect(binary('~=', makeArray([secret('a')]), box('a'))).toMatchObject({ value: true, mark: SECRET });
  });
});
