/** The engine's messages in the words of Node, and replies of cells as text. */

import { describe, expect, test } from 'vitest';
import { parseStack } from '../../runtime/host/sandbox/frames.js';
import { familiarMessage } from '../../runtime/host/sandbox/messages.js';
import { readReply } from '../../runtime/host/sandbox/reply.js';

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

describe('replies of a cell', () => {
  const read = (text: string | Uint8Array) =>
    Buffer.from(readReply(Buffer.from(text as string), ({ name, message, stack }) => `[${name},${message},${stack}]`));

  test.each(['1', '"漢"', '?', '#NaN', '+["a"]\n["b"]\n{"a":"!"}'])('go on as they are: %s', (text) => {
    expect(read(text).toString()).toBe(text);
  });

  test('errors are described, with what was logged before them', () => {
    expect(read('!["E","m","s"]').toString()).toBe('![E,m,s]');
    expect(read('+["!"]\n[]\n!["E","m","s"]').toString()).toBe('+["!"]\n[]\n![E,m,s]');
  });

  test.each(['!["E","m"]', '!["E","m",1]', '!["E","m","s",1]', '!{}', '!', '!1', '!["E","m","s"],1'])(
    'an error with anything else is refused: %j',
    (text) => {
      expect(() => read(text)).toThrow('malformed');
    },
  );

  test('what is not text is refused', () => {
    expect(() => read(Uint8Array.from([0x22, 0xff, 0x22]))).toThrow('malformed');
    expect(() => read(Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toThrow('malformed');
  });
});
