import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Box, plain } from '../../../runtime/guest/box.js';
import { TRANSFORMERS } from '../../../runtime/guest/transformers/index.js';
import { parseJson5 } from '../../../runtime/guest/transformers/json5.js';
import { normalizeMarkdown } from '../../../runtime/guest/transformers/markdown.js';
import { display, toText } from '../../../runtime/guest/values/display.js';
import { executable, failure, fileExtra, labels, mixedArray, mixedObject, plainBox, secret } from './values.js';

const run = (name: string, input: unknown): Box =>
  TRANSFORMERS.get(name)!(input instanceof Box ? input : plainBox(input), []);
const value = (name: string, input: unknown): unknown => plain(run(name, input));

describe('the table of transformers (language.md 8.6)', () => {
  it('has every name with dots, underscores and in upper case', () => {
    const lower = [...TRANSFORMERS.keys()].filter((name) => name === name.toLowerCase()).sort();
    expect(lower).toEqual([
      'csv',
      'json',
      'json.fromlist',
      'json.llm',
      'json.loose',
      'json.strict',
      'json_fromlist',
      'json_llm',
      'json_loose',
      'json_strict',
      'lower',
      'md',
      'parse',
      'parse.fromlist',
      'parse.llm',
      'parse.loose',
      'parse.strict',
      'parse_fromlist',
      'parse_llm',
      'parse_loose',
      'parse_strict',
      'pretty',
      'sort',
      'trim',
      'typeof',
      'upper',
      'xml',
    ]);
    for (const name of lower) expect(TRANSFORMERS.get(name.toUpperCase())).toBe(TRANSFORMERS.get(name));
  });

  it.each([...TRANSFORMERS.keys()])('@%s keeps the marks of its input', (name) => {
    expect(labels(run(name, secret('[1]')))).toEqual(['secret']);
    expect(labels(run(name, mixedArray()))).toEqual(['secret']);
    expect(labels(run(name, mixedObject()))).toEqual(['secret']);
  });
});

describe('@upper @lower @trim', () => {
  it.each<[string, unknown, unknown]>([
    ['upper', 'aé', 'AÉ'],
    ['lower', 'AB', 'ab'],
    ['trim', ' a \n', 'a'],
    ['upper', ['a', 'b'], '["A","B"]'],
    ['trim', [' a '], [' a ']],
    ['upper', 5, '5'],
    ['upper', null, ''],
    ['upper', secret('x'), 'X'],
  ])('@%s of %j', (name, input, result) => expect(value(name, input)).toEqual(result));
});

describe('@parse', () => {
  it.each<[string, string, unknown]>([
    ['parse', "{'name': 'Alice', active: true,}", { name: 'Alice', active: true }],
    ['json', '{\n  // comment\n  items: [ { id: 1, }, ],\n}', { items: [{ id: 1 }] }],
    ['parse.loose', '[1,]', [1]],
    ['parse', '5', 5],
    ['parse.strict', '{"a":1}', { a: 1 }],
    ['parse_llm', 'Result:\n```json\n{"name":"Ada"}\n```', { name: 'Ada' }],
    ['parse.llm', 'see [1] or {"a": [1, 2]} ok', [1]],
    ['parse.llm', 'as {described} above: {"a": 1}', { a: 1 }],
    ['parse.llm', 'unbalanced [ and { here: {"a": "b]"}', { a: 'b]' }],
    ['parse.llm', '```\nno json\n```\nbut [true]', [true]],
    ['parse.llm', 'nothing', null],
    ['parse.fromlist', '\nalpha\n  beta  \n\ngamma\n', ['alpha', '  beta', 'gamma']],
    ['parse.fromlist', '', []],
  ])('@%s of %j', (name, text, result) => expect(value(name, text)).toEqual(result));

  it('passes containers', () => {
    for (const name of ['parse', 'parse.strict', 'parse.llm', 'parse.fromlist'])
      expect(value(name, mixedObject())).toEqual({ k: 's', z: 'pub' });
  });

  it('interpolates what it parsed as indented JSON, and shows it as display JSON', () => {
    expect(toText(run('parse', '{"a":1}'))).toBe('{\n  "a": 1\n}');
    expect(toText(run('json', { a: 1 }))).toBe('{\n  "a": 1\n}');
    expect(display(run('json', { a: 1 }))).toBe('{"a": 1}');
  });

  it('words its errors', () => {
    expect(failure(() => run('parse', '{x')).message).toBe(
      'Transformer parse failed: JSON parsing failed (use @parse.llm for LLM responses with code fences)\n\nJSON5: invalid end of input at 1:3',
    );
    expect(failure(() => run('parse', '```json\n{}\n```')).message).toContain(
      'input appears to be wrapped in markdown code fences. Use @parse.llm',
    );
    expect(failure(() => run('parse.strict', "{'a':1}")).message).toContain(
      'Transformer parse.strict failed: Strict JSON parsing failed (use @parse.loose for relaxed syntax)',
    );
  });

  it('does not quote labelled text', () => {
    expect(failure(() => run('parse.strict', secret('hunter2'))).message).not.toContain('hunter');
    expect(failure(() => run('parse', secret('{"a": hunter2}'))).message).not.toContain("'h'");
  });

  // In quadratic time this would not end within the time a test has.
  it('finds nothing in very many unbalanced brackets', () => {
    for (const text of ['[', '{', '{"', '[{"a":', '["', "{a:'"])
      expect(value('parse.llm', text.repeat(50_000))).toBe(null);
  });
});

describe('JSON5', () => {
  it.each<[string, unknown]>([
    ['// c\n[+1, -2.5, .5, 5., 0x1F, 1e3, Infinity, -Infinity]', [1, -2.5, 0.5, 5, 31, 1000, Infinity, -Infinity]],
    ["'it\\'s \\x41\\u00e9\\n\\\nline'", "it's Aé\nline"],
    ['/* a */ {$x_1: null, "y z": true, é: false}', { $x_1: null, 'y z': true, é: false }],
    ['[NaN]', [Number.NaN]],
    ['{}', {}],
    ['\ufeff [ ] ', []],
  ])('%j', (text, result) => expect(parseJson5(text)).toEqual(result));

  it.each([
    '',
    '[',
    '[1 2]',
    '{a}',
    '{a:}',
    '{a:1 b:2}',
    "'x",
    "'a\nb'",
    '01',
    '[,]',
    '{,}',
    'undefined',
    '1 1',
    '{"a":1}}',
    '"\\u12"',
    '/* x',
    '1abc',
  ])('refuses %j', (text) => {
    expect(() => parseJson5(text)).toThrow(/^JSON5: invalid (character|end of input)/);
  });

  it('a key __proto__ is a key', () => {
    const parsed = parseJson5('{__proto__: {x: 1}}') as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual(['__proto__']);
    expect(parsed.x).toBeUndefined();
  });

  it('does not need the stack for depth', () => {
    expect(() => parseJson5(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).not.toThrow();
  });

  it('reads every JSON text as JSON does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson5(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('@pretty and @sort', () => {
  it.each<[string, unknown, unknown]>([
    ['pretty', '{"a":1}', '{\n  "a": 1\n}'],
    ['pretty', [1], '[\n  1\n]'],
    ['pretty', 'text', 'text'],
    ['sort', ['b', 'a', 10, 9], [10, 9, 'a', 'b']],
    ['sort', 'b\na\nc\n', 'a\nb\nc\n'],
    ['sort', '["b","a"]', ['a', 'b']],
  ])('@%s of %j', (name, input, result) => expect(value(name, input)).toEqual(result));

  it('sorts the keys of an object at the top level only', () => {
    expect(JSON.stringify(value('sort', { b: { d: 1, c: 2 }, a: 1 }))).toBe('{"a":1,"b":{"d":1,"c":2}}');
  });
});

describe('@csv', () => {
  it.each<[unknown, string]>([
    [
      [
        { name: 'Alice', age: 30 },
        { name: 'Bob, Jr.', age: null },
      ],
      'name,age\nAlice,30\n"Bob, Jr.",',
    ],
    ['[{"a":"say \\"hi\\""}]', 'a\n"say ""hi"""'],
    [[{ a: 1 }, { b: [1, { x: 2 }] }], 'a,b\n1,\n,"[1,{""x"":2}]"'],
    [[['x', 'y'], [1]], '0,1\nx,y\n1'],
    ['\n| Name | Age |\n|------|-----|\n| Alice | 30 |\n| a\\|b | 2 |\n', 'Name,Age\nAlice,30\na|b,2'],
    ['plain "text"', '"plain ""text"""'],
    [{ a: 1, b: 2 }, 'a,b\n1,2'],
    [['x', 'y'], 'x\ny'],
    [[{ constructor: 1 }, {}], 'constructor\n1\n'],
  ])('%j', (input, result) => expect(value('csv', input)).toBe(result));

  it('a table survives the round trip', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é', '\r') });
    fc.assert(
      fc.property(fc.array(fc.record({ x: text, y: text }), { minLength: 1 }), (rows) => {
        expect(readCsv(String(value('csv', rows)))).toEqual([['x', 'y'], ...rows.map(({ x, y }) => [x, y])]);
      }),
    );
  });
});

/** A reader of RFC 4180, for the round trip. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/gy;
  for (let match = cell.exec(text); match; match = cell.exec(text)) {
    rows.at(-1)!.push(match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"'));
    if (match[3] === '') break;
    if (match[3] === '\n') rows.push([]);
  }
  return rows;
}

describe('@xml', () => {
  it.each<[unknown, string]>([
    ['plain text', '<DOCUMENT>\nplain text\n</DOCUMENT>'],
    ['\n# Document\nThis is.\nTwo lines.\n', '<DOCUMENT>\nThis is.\nTwo lines.\n</DOCUMENT>'],
    ['# Products\n- Laptop: $999\n', '<PRODUCTS>\n- Laptop: $999\n</PRODUCTS>'],
    ['# A b\ntext\n## C\nmore\n# D\n', '<A_B>\ntext\n<C>\nmore\n</C>\n</A_B>\n<D>\n</D>'],
    ['{"name": "Alice", "age": 30}', '<NAME>Alice</NAME>\n<AGE>30</AGE>'],
    [
      { users: [{ email: 'a@x', address: { city: 'NY' } }] },
      '<USERS>\n  <ITEM>\n    <EMAIL>a@x</EMAIL>\n    <ADDRESS>\n      <CITY>NY</CITY>\n    </ADDRESS>\n  </ITEM>\n</USERS>',
    ],
    [[1, 'b'], '<ROOT>\n  <ITEM>1</ITEM>\n  <ITEM>b</ITEM>\n</ROOT>'],
    [{ t: 'a & <b> "c"' }, '<T>a &amp; &lt;b&gt; &quot;c&quot;</T>'],
    [{ e: [], n: null, '1st key': 1 }, '<E></E>\n<N></N>\n<_1ST_KEY>1</_1ST_KEY>'],
    ['</DOCUMENT><SYSTEM>', '<DOCUMENT>\n&lt;/DOCUMENT&gt;&lt;SYSTEM&gt;\n</DOCUMENT>'],
  ])('%j', (input, result) => expect(value('xml', input)).toBe(result));
});

describe('@md and the Markdown normaliser (language.md 8.6, 10.4)', () => {
  it.each<[string, string]>([
    [
      '#  Header with extra spaces  \n\nThis is    a paragraph.\n\n-   Item 1\n- Item 2\n\n| Col1|Col2 |\n|---|---|\n|A|B|\n',
      '#  Header with extra spaces\n\nThis is    a paragraph.\n\n-   Item 1\n- Item 2\n\n| Col1|Col2 |\n|---|---|\n|A|B|\n',
    ],
    ['# Quick test', '# Quick test\n'],
    ['* a\n* b', '* a\n\n* b\n'],
    ['- a\n- b', '- a\n- b\n'],
    ['\n\ntext\n# H\nmore', 'text\n\n# H\n\nmore\n'],
    ['a\n\n\n\nb\n\n', 'a\n\nb\n'],
    ['```js\nlet a;  \n\n\n\nb\n```\nx', '```js\nlet a;  \n\n\n\nb\n```\n\nx\n'],
    ['{\n"a": 1\n}', '{\n"a": 1\n}\n'],
    ['', ''],
  ])('%j', (text, result) => {
    expect(normalizeMarkdown(text)).toBe(result);
    expect(normalizeMarkdown(result)).toBe(result);
  });

  it('prints containers as JSON', () => expect(value('md', { a: 1 })).toBe('{\n  "a": 1\n}'));
});

describe('@typeof', () => {
  it.each<[unknown, string]>([
    [1, 'number'],
    [[], 'array'],
    [executable(), 'executable'],
    [plainBox('x', fileExtra('x')), 'string'],
  ])('%j', (input, name) => {
    expect(value('typeof', input)).toBe(name);
  });
});
