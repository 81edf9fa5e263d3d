/** The engine's messages in the words of Node, and replies of cells as text. */

import { describe, expect, test } from 'vitest';
import { parseStack } from '../../runtime/host/sandbox/frames.js';
import { familiarMessage } from '../../runtime/host/sandbox/messages.js';
import { isJsonValue, readReply, writeReply } from '../../runtime/host/sandbox/reply.js';

describe('errors while a body runs', () => {
  test.each([
    ['ReferenceError', "'x' is not defined", 'x is not defined'],
    ['ReferenceError', 'x is not initialized', "Cannot access 'x' before initialization"],
    ['TypeError', "cannot read property 'x' of undefined", "Cannot read properties of undefined (reading 'x')"],
    ['TypeError', "cannot read property 'it's $1' of null", "Cannot read properties of null (reading 'it's $1')"],
    ['TypeError', "cannot set property 'x' of null", "Cannot set properties of null (setting 'x')"],
    ['TypeError', "cannot read property 'Symbol.iterator' of undefined", 'undefined is not iterable'],
    ['TypeError', "'c' is read-only", 'Assignment to constant variable.'],
    ['TypeError', 'not a function', 'value is not a function'],
    ['RangeError', 'invalid array length', 'Invalid array length'],
    ['Error', "'x' is not defined", "'x' is not defined"],
    ['TypeError', 'something else', 'something else'],
  ])('%s: %s', (name, message, familiar) => {
    expect(familiarMessage(name, message, false)).toBe(familiar);
  });

  test.each([
    ['o.f(1)', 4, 'o.f is not a function'],
    ['a + foo?.bar(1)', 13, 'foo?.bar is not a function'],
    ['return a.b(c())', 1, 'a.b is not a function'],
    ['x[0](1)', 5, 'value is not a function'],
  ])('not a function: %s', (code, column, familiar) => {
    expect(familiarMessage('TypeError', 'not a function', false, { code, line: 1, column })).toBe(familiar);
  });
});

describe('errors in the text of a body', () => {
  test.each([
    ['const x = syntax error here', 18, "expecting ';'", "Unexpected identifier 'error'"],
    ['return 1 2', 10, "expecting ';'", 'Unexpected number'],
    ['"a" "b"', 5, "expecting ';'", 'Unexpected string'],
    ['let a = ;', 9, "unexpected token in expression: ';'", "Unexpected token ';'"],
    ['=> 1', 1, "unexpected token in expression: '=>'", "Unexpected token '=>'"],
    ['else', 1, "unexpected token in expression: 'else'", "Unexpected token 'else'"],
    ['@x', 1, "unexpected token in expression: '@'", 'Invalid or unexpected token'],
    ['f(1 2)', 5, "expecting ','", 'missing ) after argument list'],
    ['if (x) {', 9, "expecting ';'", 'Unexpected end of input'],
    ['"abc', 1, 'unexpected end of string', 'Invalid or unexpected token'],
    ['const c', 8, 'missing initializer for const variable', 'Missing initializer in const declaration'],
    ['5 = 6', 3, 'invalid assignment left-hand side', 'Invalid left-hand side in assignment'],
    ['x', 1, 'something else', 'something else'],
  ])('%s', (code, column, message, familiar) => {
    expect(familiarMessage('SyntaxError', message, true, { code, line: 1, column })).toBe(familiar);
  });
});

test('stack texts', () => {
  const stack =
    '    at foo (a b.js:2:18)\n    at map (native)\n    at <anonymous> (js-3:4:5)\n    at js-1:2:10\n    at async bar (C:\\p.js:1:2)\n';
  expect(parseStack(stack)).toEqual([
    { fn: 'foo', file: 'a b.js', line: 2, column: 18 },
    { fn: '<anonymous>', file: 'js-3', line: 4, column: 5 },
    { fn: '', file: 'js-1', line: 2, column: 10 },
    { fn: 'async bar', file: 'C:\\p.js', line: 1, column: 2 },
  ]);
});

describe('a text that stands for one JSON value', () => {
  test.each(['1', 'null', '""', '"a\\"b"', '"\\\\"', '{}', '[]', '[1,{"a":"]"}]', '{"a":{"b":[1,2]}}', '"},{"'])(
    'is accepted: %s',
    (text) => {
      expect(isJsonValue(text)).toBe(true);
    },
  );

  test.each([
    '',
    '1,2',
    '1,"id":7',
    '"a","b"',
    '"a"b',
    '{},{}',
    '[1]]',
    ']',
    '}',
    '{',
    '[',
    '"',
    '"a\\"',
    '"\\\\\\"',
    '{}{}',
    '"a":1',
    '[]"',
    '1}',
  ])('is refused: %s', (text) => {
    expect(isJsonValue(text)).toBe(false);
  });
});

describe('replies of a cell', () => {
  test.each([
    ['v1\n[]\n[]', '{"id":4,"value":1}'],
    ['u\n["a"]\n["b"]', '{"id":4,"undefined":true,"logs":["a"],"stderr":["b"]}'],
    ['n"NaN"\n[]\n[]', '{"id":4,"number":"NaN"}'],
  ])('%j', (text, reply) => {
    expect(writeReply(4, readReply(text))).toBe(reply);
  });

  test('an error', () => {
    expect(readReply('e["E","m","s"]\n[]\n[]')).toMatchObject({ kind: 'error', name: 'E', message: 'm', stack: 's' });
  });

  test.each([
    ['v1,"id":7\n[]\n[]'],
    ['v1\n[],"mark":{}\n[]'],
    ['v1\n[]\n[]\n[]'],
    ['v1\n[]'],
    ['v\n[]\n[]'],
    ['u1\n[]\n[]'],
    ['n"1"\n[]\n[]'],
    ['e["E"]\n[]\n[]'],
    ['x1\n[]\n[]'],
    [''],
  ])('with anything added is refused: %j', (text) => {
    expect(() => readReply(text)).toThrow();
  });
});
