import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Box, box } from '../../../runtime/guest/box.js';
import { joined } from '../../../runtime/guest/files/globs.js';
import {
  compactJson,
  display,
  displayJson,
  effectText,
  fileText,
  prettyJson,
  textView,
  toText,
} from '../../../runtime/guest/values/display.js';
import { metadata } from '../../../runtime/guest/values/metadata.js';
import { makeArray } from '../../../runtime/guest/values/objects.js';
import { toYaml } from '../../../runtime/guest/values/yaml.js';
import { executable, fileExtra, mixedObject, namespace, plainBox, secret } from './values.js';

const shown = (value: unknown): string => display(plainBox(value));

describe('display (language.md 2.2, 15)', () => {
  it.each<[string, unknown, string]>([
    ['one scalar member stays on one line', { a: 1 }, '{"a": 1}'],
    ['two members', { a: 1, b: 2 }, '{\n  "a": 1,\n  "b": 2\n}'],
    ['one member that is a container', { k: [] }, '{\n  "k": []\n}'],
    ['one element', [5], '[5]'],
    ['two elements', [1, 2], '[\n  1,\n  2\n]'],
    ['a null element', [null], '[null]'],
    ['one nested element', [[1]], '[\n  [\n    1\n  ]\n]'],
    ['empty containers', [], '[]'],
    ['an empty object', {}, '{}'],
    ['a string with JSON is printed again', '{"a":1,"b":2}', '{\n  "a": 1,\n  "b": 2\n}'],
    ['blanks around JSON do not matter', ' [1] \n', '[1]'],
    ['text around JSON does', 'x {"a":1}', 'x {"a":1}'],
    ['JSON scalars stay text', '"str"', '"str"'],
    ['text with brackets that is no JSON', '[hello]', '[hello]'],
    ['numbers as JavaScript prints them', 0.1 + 0.2, '0.30000000000000004'],
    ['large numbers', 1e23, '1e+23'],
    ['infinity', Infinity, 'Infinity'],
    ['null is nothing', null, ''],
    ['undefined is nothing', undefined, ''],
    ['NaN inside a container is null', { a: Number.NaN, b: 1 }, '{\n  "a": null,\n  "b": 1\n}'],
    ['an undefined member is dropped, which leaves one', { a: undefined, b: 1 }, '{"b": 1}'],
    ['non-ASCII stays', ['é'], '["é"]'],
    ['a key that needs escaping', { 'a"b': 'c\n' }, '{"a\\"b": "c\\n"}'],
  ])('%s', (_name, value, text) => expect(shown(value)).toBe(text));

  it('prints executables by name and, inside containers, by parameters', () => {
    expect(shown(executable('greet'))).toBe('[executable: greet]');
    expect(shown({ f: executable() })).toBe('{"f": "<function(p1, p2)>"}');
  });

  it('never takes data for an executable or a namespace', () => {
    expect(shown({ isExecutable: true, name: 'x', params: [] })).toContain('"isExecutable": true');
    expect(shown(JSON.parse('{"isNamespace":true,"exports":1}'))).toContain('"exports": 1');
  });

  it('prints a namespace as its exports, with frontmatter only when there is some', () => {
    const ns = namespace([
      ['v', box(1)],
      ['f', box(executable('f', ['x']))],
    ]);
    expect(JSON.parse(shown(ns))).toEqual({ exports: { variables: { v: 1 }, executables: { f: '<function(x)>' } } });
    expect(JSON.parse(shown(namespace([], { t: 1 })))).toHaveProperty('frontmatter', { t: 1 });
  });

  it('prints the null that mlld code produced as the word', () => {
    expect(display(plainBox(null, { nullWord: true }))).toBe('null');
  });

  it('prints containers of boxes like any other', () => {
    expect(display(mixedObject())).toBe('{\n  "k": "s",\n  "z": "pub"\n}');
    expect(display(makeArray([secret('s')]))).toBe('["s"]');
  });

  it('prints a JSON file as display JSON, JSON lines as they are, a glob as its joined texts', () => {
    expect(display(new Box({ a: 1, b: 2 }, box(1).mark, fileExtra('{"a":1,  "b":2}\n')))).toBe(
      '{\n  "a": 1,\n  "b": 2\n}',
    );
    expect(display(plainBox([{ id: 1 }, { id: 2 }], fileExtra('{"id":1}\n{"id":2}\n')))).toBe('{"id":1}\n{"id":2}\n');
    expect(display(joined([plainBox('A\n', fileExtra('A\n')), plainBox('B\n', fileExtra('B\n'))]))).toBe('A\n\nB');
  });

  it('keeps a key named __proto__', () => {
    expect(shown(JSON.parse('{"__proto__": 1}'))).toBe('{"__proto__": 1}');
    const hostile = JSON.parse('{"a": 1, "__proto__": {"x": 1}}') as object;
    expect(JSON.parse(display(makeArray([secret(hostile), box(1)])))[0]).toEqual(hostile);
  });

  it('display JSON parses back to the data', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(displayJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(prettyJson(value))).toEqual(JSON.parse(compactJson(value)));
      }),
    );
  });
});

describe('text of values (language.md 2.3)', () => {
  it.each<[string, Box, string]>([
    ['a string', plainBox('x'), 'x'],
    ['a JSON string is not touched', plainBox('{"a":1,  "b":2}'), '{"a":1,  "b":2}'],
    ['null', plainBox(null), 'null'],
    ['no result of code', plainBox(null, { text: '' }), ''],
    ['undefined', plainBox(undefined), ''],
    ['a boolean', plainBox(false), 'false'],
    ['a container', plainBox({ a: [1] }), '{"a":[1]}'],
    ['a command result keeps its spacing', plainBox({ a: 1 }, { text: '{"a": 1}', origin: 'cmd' }), '{"a": 1}'],
    ['a number as a command printed it', plainBox(1.5, { text: '1.50', origin: 'cmd' }), '1.50'],
    ['an executable with a template body', plainBox(executable('f', [], 'hi @x')), 'hi @x'],
    ['any other executable', plainBox(executable()), ''],
    ['a file', plainBox('A\n', fileExtra('A\n')), 'A\n'],
  ])('%s', (_name, value, text) => expect(toText(value)).toBe(text));

  it('null has no text view, containers have their JSON', () => {
    expect(textView(plainBox(null))).toBe('');
    expect(textView(plainBox(['a']))).toBe('["a"]');
  });

  it('writes containers to streams and files on several lines (10.5)', () => {
    expect(effectText(plainBox({ a: 1 }))).toBe('{\n  "a": 1\n}');
    expect(fileText(plainBox([1]))).toBe('[\n  1\n]');
    expect(effectText(plainBox(null))).toBe('null');
    expect(effectText(plainBox(''))).toBe('');
    expect(fileText(plainBox('no newline'))).toBe('no newline');
    expect(fileText(plainBox({ a: 1 }, fileExtra('{"a":1}\n')))).toBe('{"a":1}\n');
  });

  it('prints metadata as data', () => {
    expect(JSON.parse(compactJson(metadata(plainBox('abcd')).value))).toMatchObject({
      type: 'simple-text',
      labels: [],
      length: 4,
      tokens: 1,
    });
  });
});

describe('toYaml (language.md 10.5)', () => {
  it('writes block style with lists under their keys', () => {
    expect(toYaml({ a: 1, b: [1] })).toBe('a: 1\nb:\n  - 1');
  });

  it('puts the first member of a nested block behind its dash and quotes what would be read as something else', () => {
    expect(toYaml([{ a: 'true', b: {} }, [1, []], 'x: y', null])).toBe(
      '- a: "true"\n  b: {}\n- - 1\n  - []\n- "x: y"\n- null',
    );
  });
});
