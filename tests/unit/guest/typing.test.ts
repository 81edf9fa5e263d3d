import { describe, expect, it } from 'vitest';
import { joined } from '../../../runtime/guest/files/globs.js';
import { field } from '../../../runtime/guest/values/access.js';
import { display, toText } from '../../../runtime/guest/values/display.js';
import { typeInfo, typeName } from '../../../runtime/guest/values/kinds.js';
import { keep } from '../../../runtime/guest/values/metadata.js';
import {
  codeArgument,
  type Medium,
  type Position,
  shellArgument,
  stageInput,
  typedCodeResult,
  typedCommandOutput,
} from '../../../runtime/guest/values/typing.js';
import { executable, fileExtra, mixedArray, namespace, plainBox, SECRET, secret } from './values.js';

describe('typedCommandOutput (language.md 6.4)', () => {
  it.each<[string, Medium, Position, unknown]>([
    ['42\n', 'cmd', 'value', 42],
    ['-1.50', 'cmd', 'value', -1.5],
    ['true', 'cmd', 'value', true],
    ['null', 'cmd', 'value', null],
    ['[1,2]\n\n', 'cmd', 'value', [1, 2]],
    ['  {"a": 1}', 'cmd', 'run', { a: 1 }],
    ['"quoted"', 'cmd', 'value', '"quoted"'],
    ['007', 'cmd', 'value', '007'],
    ['1e3', 'cmd', 'value', '1e3'],
    ['{"a":1}\n{"a":2}', 'cmd', 'value', '{"a":1}\n{"a":2}'],
    ['{broken}', 'cmd', 'value', '{broken}'],
    ['  text \n', 'cmd', 'value', '  text '],
    ['', 'cmd', 'value', ''],
    ['{"a":1}', 'sh', 'value', '{"a":1}'],
    ['42', 'bash', 'run', '42'],
    ['{"a":1}', 'sh', 'exe', { a: 1 }],
    ['{"a":1}', 'cmd', 'exe', { a: 1 }],
    ['42', 'cmd', 'exe', '42'],
    ['42', 'cmd', 'stage', '42'],
    ['[1]', 'cmd', 'stage', [1]],
    ['2', 'py', 'exe', 2],
    ['16.0', 'py', 'value', 16],
    ['12345678901234567890', 'py', 'exe', '12345678901234567890'],
    ['[{"test":"foo\n\nbar"}]', 'cmd', 'exe', [{ test: 'foo\n\nbar' }]],
  ])('%j from %s as %s', (text, medium, position, value) => {
    expect(typedCommandOutput(text, medium, position, SECRET)).toMatchObject({ value, mark: SECRET });
  });

  it('takes linear time for text that never becomes JSON', () => {
    const start = performance.now();
    typedCommandOutput(`{${'"a\\'.repeat(50_000)}}`, 'cmd');
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('the text view keeps what was printed, except for executables and python', () => {
    expect(toText(typedCommandOutput('{"a":1, "b":2}\n', 'cmd', 'run'))).toBe('{"a":1, "b":2}');
    expect(toText(typedCommandOutput('1.50\n', 'cmd'))).toBe('1.50');
    expect(toText(typedCommandOutput('{"a":1, "b":2}\n', 'cmd', 'exe'))).toBe('{"a":1,"b":2}');
    expect(toText(typedCommandOutput('16.0', 'py'))).toBe('16');
    expect(display(typedCommandOutput('null', 'cmd'))).toBe('null');
  });
});

describe('typedCodeResult (language.md 5.5)', () => {
  it.each<[unknown, unknown]>([
    ['5', 5],
    ['true', true],
    ['null', null],
    ['{"a":1}', { a: 1 }],
    [' 5 ', 5],
    ['"q"', 'q'],
    ['007', '007'],
    ['text', 'text'],
    ['', ''],
    [5, 5],
    [{ a: '5' }, { a: '5' }],
    [null, null],
    [undefined, undefined],
  ])('%j becomes %j', (value, result) =>
    expect(typedCodeResult(value, SECRET)).toMatchObject({ value: result, mark: SECRET }),
  );

  it('no result interpolates and shows as nothing', () => {
    for (const value of [null, undefined, 'null']) {
      expect(toText(typedCodeResult(value))).toBe('');
      expect(display(typedCodeResult(value))).toBe('');
    }
  });
});

describe('what code receives (language.md 5.4, 8.1)', () => {
  it('arguments are native; text stays text unless a template made it', () => {
    expect(codeArgument(mixedArray())).toEqual(['s', 'pub']);
    expect(codeArgument(plainBox('{"a":1}'))).toBe('{"a":1}');
    expect(codeArgument(plainBox('{"a":1}', { origin: 'template' }))).toEqual({ a: 1 });
    expect(codeArgument(plainBox('5', { origin: 'template' }))).toBe('5');
    expect(codeArgument(plainBox('A\n', fileExtra('A\n')))).toBe('A\n');
    expect(codeArgument(plainBox(undefined))).toBe(undefined);
    expect(codeArgument(plainBox({ f: executable() }))).toEqual({ f: '<function(p1, p2)>' });
    expect(codeArgument(plainBox(namespace([['v', secret(1)]])))).toEqual({
      exports: { variables: { v: 1 }, executables: {} },
    });
  });

  it('a kept value arrives with its views and metadata', () => {
    expect(codeArgument(keep(secret('A\n', fileExtra('A\n'))))).toMatchObject({
      type: 'text',
      text: 'A\n',
      data: 'A\n',
      mx: { labels: ['secret'], filename: 'a.md', path: '/p/a.md' },
    });
  });

  it('stages see the value of JSON text', () => {
    expect(stageInput(plainBox('[1,2]'))).toEqual([1, 2]);
    expect(stageInput(plainBox('5'))).toBe(5);
    expect(stageInput(plainBox('null'))).toBe(null);
    expect(stageInput(plainBox('text'))).toBe('text');
  });

  it('nothing is copied where nothing changes', () => {
    const data = { a: [1] };
    expect(stageInput(plainBox(data))).toBe(data);
    expect(codeArgument(plainBox(data))).toBe(data);
  });

  it('shells get text, one element a line, objects as compact JSON', () => {
    expect(shellArgument(plainBox(['a', 1, { x: 1 }, null]))).toBe('a\n1\n{"x":1}\n');
    expect(shellArgument(plainBox({ role: 'admin', level: 5 }))).toBe('{"role":"admin","level":5}');
    expect(shellArgument(plainBox(null))).toBe('');
    expect(shellArgument(plainBox(undefined))).toBe('');
    expect(shellArgument(plainBox(true))).toBe('true');
    expect(shellArgument(mixedArray())).toBe('s\npub');
    expect(shellArgument(joined([plainBox('A\n', fileExtra('A\n')), plainBox('B', fileExtra('B'))]))).toBe('A\n\nB');
  });
});

describe('type names (language.md 12)', () => {
  it.each<[unknown, string]>([
    [1, 'number'],
    ['x', 'string'],
    [true, 'boolean'],
    [null, 'null'],
    [[], 'array'],
    [{}, 'object'],
    [executable(), 'executable'],
    [namespace([]), 'object'],
  ])('%j', (value, name) => expect(typeName(plainBox(value))).toBe(name));

  it('describes size and origin', () => {
    expect(typeInfo(plainBox({ a: 1, b: 2, c: 3 }))).toBe('object (3 properties) [from /var]');
    expect(typeInfo(plainBox([1]))).toBe('array (1 item) [from /var]');
    expect(typeInfo(plainBox('x', fileExtra('x')))).toBe('string [from ./a.md]');
  });

  it('fields of typed results are read without parsing', () => {
    expect(field(typedCommandOutput('{"a":1}', 'sh', 'exe'), 'a').value).toBe(1);
  });
});
