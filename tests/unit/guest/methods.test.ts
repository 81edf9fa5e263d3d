import { describe, expect, it } from 'vitest';
import { Box, plain } from '../../../runtime/guest/box.js';
import { index } from '../../../runtime/guest/values/access.js';
import { BUILTIN_METHODS, callMethod } from '../../../runtime/guest/values/methods.js';
import { makeArray, makeObject } from '../../../runtime/guest/values/objects.js';
import { executable, failure, fileExtra, labels, mixedArray, pii, plainBox, secret } from './values.js';

const call = (receiver: unknown, name: string, ...args: unknown[]): unknown =>
  plain(
    callMethod(
      plainBox(receiver),
      name,
      args.map((arg) => plainBox(arg)),
      'v',
    ),
  );

describe('string methods (language.md 2.9)', () => {
  it.each<[string, string, unknown[], unknown]>([
    ['Hello', 'includes', ['ell'], true],
    ['Hello', 'indexOf', ['l'], 2],
    ['Hello', 'startsWith', ['He'], true],
    ['Hello', 'endsWith', ['lo'], true],
    ['Hello', 'toLowerCase', [], 'hello'],
    ['Hello', 'toUpperCase', [], 'HELLO'],
    [' a ', 'trim', [], 'a'],
    ['foo_bar', 'split', ['_'], ['foo', 'bar']],
    ['abc', 'split', [''], ['a', 'b', 'c']],
    ['a1b22c', 'split', [/\d+/], ['a', 'b', 'c']],
    ['abc', 'split', [], ['abc']],
    ['abcdef', 'slice', [-3, -1], 'de'],
    ['abcdef', 'substring', [-2, 2], 'ab'],
    ['a-b-c', 'replace', ['-', '+'], 'a+b-c'],
    ['a-b-c', 'replace', [/-/g, '+'], 'a+b+c'],
    ['a-b-c', 'replaceAll', ['-', '_'], 'a_b_c'],
    ['a1b2', 'replaceAll', [/\d/, '#'], 'a#b#'],
    ['AB', 'replaceAll', [{ A: 'B', B: 'A' }], 'AA'],
    ['price', 'replaceAll', [{ price: '$&' }], '$&'],
    ['abc', 'replaceAll', [{}], 'abc'],
    ['v12', 'match', [/v(\d)/], ['v1', '1']],
    ['a1b2', 'match', [/\d/g], ['1', '2']],
    ['ac', 'match', [/a(b)?c/], ['ac', null]],
    ['abc', 'match', [/x/], null],
    ['7', 'padStart', [3, '0'], '007'],
    ['7', 'padEnd', [3], '7  '],
    ['ab', 'repeat', [2], 'abab'],
    ['abc', 'length', [], 3],
    ['x5', 'includes', [5], true],
  ])('%j.%s(%j)', (receiver, name, args, result) => expect(call(receiver, name, ...args)).toEqual(result));

  it('works on the text of loaded files, also of JSON', () => {
    const json = plainBox({ a: 1 }, fileExtra('{"a":1}\n'));
    expect(callMethod(json, 'trim', [], 'f').value).toBe('{"a":1}');
    expect(callMethod(plainBox([{ id: 1 }], fileExtra('{"id":1}\n')), 'trim', [], 'f').value).toBe('{"id":1}');
  });

  it('does not use the text of an array where the array has the method', () => {
    expect(callMethod(plainBox([1], fileExtra('[1]')), 'includes', [plainBox(1)], 'f').value).toBe(true);
    expect(callMethod(plainBox([1, 2], fileExtra('[1,2]')), 'length', [], 'f').value).toBe(2);
  });
});

describe('array methods (language.md 2.9)', () => {
  it.each<[unknown[], string, unknown[], unknown]>([
    [['a', 'b'], 'includes', ['b'], true],
    [[1], 'includes', ['1'], false],
    [[null], 'includes', [null], true],
    [['a', 'b'], 'indexOf', ['b'], 1],
    [['a', 'b'], 'indexOf', ['z'], -1],
    [[1, null, { a: 1 }, [2, 3]], 'join', [], '1,,[object Object],2,3'],
    [['a', 'b'], 'join', [' -> '], 'a -> b'],
    [[1, 2, 3], 'slice', [1], [2, 3]],
    [[1], 'concat', [[2], 3], [1, 2, 3]],
    [[1, 2], 'reverse', [], [2, 1]],
    [[10, 9, 1], 'sort', [], [1, 10, 9]],
    [
      [
        [1, 2],
        [3, [4]],
      ],
      'flat',
      [],
      [1, 2, 3, [4]],
    ],
    [[[[1, 2]], [[3, 4]]], 'flat', [2], [1, 2, 3, 4]],
    [['a', 'b'], 'at', [-1], 'b'],
    [['a', 'b'], 'at', [5], null],
    [[1, 2], 'length', [], 2],
  ])('%j.%s(%j)', (receiver, name, args, result) => expect(call(receiver, name, ...args)).toEqual(result));

  it('answers copies', () => {
    const list = [3, 1];
    call(list, 'sort');
    call(list, 'reverse');
    expect(list).toEqual([3, 1]);
  });
});

describe('type checks', () => {
  const all = ['isArray', 'isObject', 'isString', 'isNumber', 'isBoolean', 'isNull', 'isDefined'];
  it.each<[unknown, string[]]>([
    [[1], ['isArray', 'isDefined']],
    [{}, ['isObject', 'isDefined']],
    ['x', ['isString', 'isDefined']],
    [0, ['isNumber', 'isDefined']],
    [false, ['isBoolean', 'isDefined']],
    [null, ['isNull']],
    [undefined, []],
    [executable(), ['isDefined']],
  ])('%j', (value, holds) => expect(all.filter((name) => call(value, name))).toEqual(holds));
});

describe('errors', () => {
  it.each<[unknown, string, string]>([
    ['x', 'at', 'Cannot call .at() on string'],
    [[1], 'split', 'Cannot call .split() on array'],
    [5, 'trim', 'Cannot call .trim() on number'],
    [{ a: 1 }, 'join', 'Cannot call .join() on object'],
    [null, 'trim', 'Cannot call .trim() on null'],
    ['x', 'nope', 'Method not found: nope on v'],
    ['x', 'constructor', 'Method not found: constructor on v'],
    [[1], 'toString', 'Method not found: toString on v'],
    [[1], 'map', 'Variable map is not executable'],
    ['x', 'repeat', '.repeat() expects'],
  ])('%j.%s()', (receiver, name, message) =>
    expect(failure(() => call(receiver, name, -1)).message).toContain(message),
  );

  it('a broken regular expression is an error of the script', () => {
    expect(failure(() => call('x', 'match', '(')).code).toBe('INVALID_REGEX');
  });

  it('names every method', () => {
    expect([...BUILTIN_METHODS].sort()).toEqual([
      'at',
      'concat',
      'endsWith',
      'flat',
      'includes',
      'indexOf',
      'isArray',
      'isBoolean',
      'isDefined',
      'isNull',
      'isNumber',
      'isObject',
      'isString',
      'join',
      'length',
      'match',
      'padEnd',
      'padStart',
      'repeat',
      'replace',
      'replaceAll',
      'reverse',
      'slice',
      'sort',
      'split',
      'startsWith',
      'substring',
      'toLowerCase',
      'toUpperCase',
      'trim',
    ]);
  });
});

describe('marks of methods (security.md 1.4 rows 7–9, leak 1)', () => {
  const stringCalls: [string, unknown[]][] = [
    ['includes', ['a']],
    ['indexOf', ['a']],
    ['startsWith', ['a']],
    ['endsWith', ['a']],
    ['split', [',']],
    ['slice', [0]],
    ['substring', [0]],
    ['replace', ['a', 'b']],
    ['replaceAll', ['a', 'b']],
    ['match', ['a']],
    ['padStart', [9, 'x']],
    ['padEnd', [9]],
    ['repeat', [2]],
  ];

  it.each(stringCalls)('string .%s joins receiver and arguments', (name, args) => {
    const boxes = args.map((arg) => secret(arg));
    expect(labels(callMethod(pii('abc'), name, boxes, 'v'))).toEqual(expect.arrayContaining(['pii', 'secret']));
  });

  const arrayCalls: [string, unknown[]][] = [
    ['includes', ['a']],
    ['indexOf', ['a']],
    ['join', ['-']],
    ['slice', [0]],
    ['concat', [['x']]],
    ['concat', ['x']],
    ['reverse', [0]],
    ['sort', [0]],
    ['flat', [1]],
    ['at', [0]],
  ];

  it.each(arrayCalls)('array .%s joins receiver and arguments', (name, args) => {
    const boxes = args.map((arg) => secret(arg));
    expect(labels(callMethod(pii(['a', ['b']]), name, boxes, 'v'))).toEqual(expect.arrayContaining(['pii', 'secret']));
  });

  it.each(['includes', 'indexOf', 'join', 'sort'])('.%s tells about all members', (name) => {
    expect(labels(callMethod(mixedArray(), name, [plainBox('pub')], 'v'))).toEqual(['secret']);
  });

  it.each(['slice', 'concat', 'reverse', 'flat'])('.%s leaves members their marks', (name) => {
    const result = callMethod(mixedArray(), name, [], 'v');
    const members = [0, 1].map((i) => index(result, plainBox(i))).map((member) => [member.value, labels(member)]);
    expect(members).toContainEqual(['s', ['secret']]);
    expect(members).toContainEqual(['pub', []]);
  });

  it('flat takes the marks of nested arrays along', () => {
    const nested = makeArray([plainBox('a'), secret(['b', 'c'])]);
    const flat = callMethod(nested, 'flat', [], 'v');
    expect(plain(flat)).toEqual(['a', 'b', 'c']);
    expect(labels(index(flat, plainBox(1)))).toEqual(['secret']);
    const boxedInside = makeArray([plainBox('a'), new Box(mixedArray().value, secret(0).mark, null, secret(0).mark)]);
    expect(labels(index(callMethod(boxedInside, 'flat', [], 'v'), plainBox(2)))).toEqual(['secret']);
  });

  it('an object of replacements carries its members’ marks', () => {
    const map = makeObject([
      ['a', secret('x')],
      ['b', plainBox('y')],
    ]);
    expect(callMethod(plainBox('ab'), 'replaceAll', [map], 'v')).toMatchObject({ value: 'xy' });
    expect(labels(callMethod(plainBox('ab'), 'replaceAll', [map], 'v'))).toEqual(['secret']);
  });

  it('type checks and length keep the receiver’s mark', () => {
    expect(labels(callMethod(secret('x'), 'isString', [], 'v'))).toEqual(['secret']);
    expect(labels(callMethod(secret('x'), 'length', [], 'v'))).toEqual(['secret']);
    expect(labels(callMethod(mixedArray(), 'length', [], 'v'))).toEqual([]);
  });

  it('an argument that is missing is no argument', () => {
    expect(callMethod(plainBox('a,b'), 'split', [undefined], 'v').value).toEqual(['a,b']);
  });
});

describe('hints for methods there are not (language.md 2.9)', () => {
  const hint = (receiver: Box, name: string) => {
    try {
      callMethod(receiver, name, [], 'v');
    } catch (error) {
      return (error as { info: { hint?: string } }).info.hint;
    }
    throw new Error('no error');
  };

  it.each<[unknown, string, string]>([
    ['x', 'toUppercase', 'Did you mean .toUpperCase()?'],
    [[1], 'joins', 'Did you mean .join()?'],
    [{ a: 1 }, 'keys', 'The keys of an object are in .mx.keys'],
    [5, 'explode', 'Methods of a value of type number: isArray, '],
    [[1], 'trim', 'Methods of a value of type array: length, includes, '],
  ])('%j.%s()', (receiver, name, expected) => {
    expect(hint(plainBox(receiver), name)).toContain(expected);
  });

  it('say nothing about labelled values', () => {
    expect(hint(secret('x'), 'toUppercase')).toBeUndefined();
  });
});
