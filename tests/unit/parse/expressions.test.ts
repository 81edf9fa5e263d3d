import { describe, expect, it } from 'vitest';
import { double, errors, inBlock, literal, ref, value } from './helpers.js';

/** An expression as text with all parentheses. */
// biome-ignore lint/suspicious/noExplicitAny: nodes of every type
function shape(node: any): string {
  switch (node.type) {
    case 'BinaryExpression':
      return `(${shape(node.left)} ${node.operator} ${shape(node.right)})`;
    case 'TernaryExpression':
      return `(${shape(node.test)} ? ${shape(node.consequent)} : ${shape(node.alternate)})`;
    case 'UnaryExpression':
      return `!${shape(node.operand)}`;
    case 'Wildcard':
      return '*';
    case 'Literal':
      return JSON.stringify(node.value);
    case 'Template':
      return JSON.stringify(node.parts[0]?.text ?? '');
    default:
      return node.name ? `@${node.name}` : node.type;
  }
}

describe('operators (language.md 4.4)', () => {
  it.each([
    ['@a || @b && @c', '(@a || (@b && @c))'],
    ['0 ?? 1 || 2', '(0 ?? (1 || 2))'],
    ['2 == 1 < 1', '((2 == 1) < 1)'],
    ['1 + 2 * 3 - 4 % 5', '((1 + (2 * 3)) - (4 % 5))'],
    ['(1 + 2) * 3', '((1 + 2) * 3)'],
    ['!@a && !(@b == 3)', '(!@a && !(@b == 3))'],
    ['!!@a', '!!@a'],
    ['@a > 1 ? "x" : @b > 2 ? "y" : "z"', '((@a > 1) ? "x" : ((@b > 2) ? "y" : "z"))'],
    ['@a ~= [] || @b !~= "x"', '((@a ~= ArrayLiteral) || (@b !~= "x"))'],
    ['@a - @b', '(@a - @b)'],
    ['@a -1', '(@a - 1)'],
    ['1+2>=3', '((1 + 2) >= 3)'],
    ['* ? "a" : "b"', '(* ? "a" : "b")'],
    ['@a ?? @b ?? "c"', '((@a ?? @b) ?? "c")'],
    ['(@a\n  && @b)', '(@a && @b)'],
    ['@a &&\n @b', '(@a && @b)'],
    ['"a" == "b"', '("a" == "b")'],
  ])('%s', (source, expected) => {
    expect(shape(value(source))).toBe(expected);
  });

  it('ends before a comment', () => {
    expect(value('@a >> @b')).toEqual(ref('a'));
    expect(value('@a << @b')).toEqual(ref('a'));
  });

  it.each([
    ['@a-@b', 'minus-blanks'],
    ['-@a', 'value-expected'],
    ['1e3', 'number-exponent'],
    ['1 +', 'operand-expected'],
    ['@a ? 1', 'ternary-colon'],
    ['@a ? @b : @c | @f', 'ternary-pipe'],
    ['none', 'none-outside'],
    ['!none', 'none-operator'],
    ['@a == none', 'none-compound'],
  ])('refuses %s', (source, code) => {
    expect(errors(`var @x = ${source}`)[0]?.code).toBe(code);
  });
});

describe('references (language.md 2.8)', () => {
  it('chain fields, indices, slices and calls', () => {
    expect(value('@a.b-c.0[1]["k"][-1][@v.w][1:2][:-1][2:][*](1).trim()').access).toEqual([
      { kind: 'field', name: 'b-c' },
      { kind: 'field', name: '0' },
      { kind: 'index', index: literal(1) },
      { kind: 'index', index: double('k') },
      { kind: 'index', index: literal(-1) },
      { kind: 'index', index: ref('v', { kind: 'field', name: 'w' }) },
      { kind: 'slice', from: literal(1), to: literal(2) },
      { kind: 'slice', from: null, to: literal(-1) },
      { kind: 'slice', from: literal(2), to: null },
      { kind: 'wildcard' },
      { kind: 'call', args: [literal(1)] },
      { kind: 'field', name: 'trim' },
      { kind: 'call', args: [] },
    ]);
  });

  it('take every kind of argument', () => {
    const { args } = value(
      '@f(word, two-words, true, /re[/]g\\//gi, [1], {a: 1}, @x > 1 ? "y" : "n", @g, <f.md>,\n "x",)',
    ).access[0];
    expect(args.map((arg: { type: string }) => arg.type)).toEqual([
      'Literal',
      'Literal',
      'Literal',
      'RegexLiteral',
      'ArrayLiteral',
      'ObjectLiteral',
      'TernaryExpression',
      'Reference',
      'FileExpression',
      'Template',
    ]);
    expect(args[1].value).toBe('two-words');
    expect(args[2].value).toBe(true);
    expect(args[3]).toEqual({ type: 'RegexLiteral', pattern: 're[/]g\\/', flags: 'gi' });
  });

  it('name the keychain functions', () => {
    expect(value('keychain.get("s", "a")')).toMatchObject({
      type: 'Reference',
      name: 'keychain',
      access: [{ name: 'get' }, {}],
    });
  });

  it.each([
    ['@f([let @x = 1 => @x])', 'block-in-argument'],
    ['@f(@x | @g)', 'pipe-in-argument'],
    ['@f(1 2)', 'call-closer'],
    ['@f(1', 'unclosed-call'],
    ['@a[]', 'index-empty'],
    ['@a[1', 'unclosed-index'],
  ])('refuse %s', (source, code) => {
    expect(errors(`var @x = ${source}`)[0]?.code).toBe(code);
  });
});

describe('literals (language.md 2.1, 4.1)', () => {
  it.each([
    ['1.50', 1.5],
    ['-5', -5],
    ['true', true],
    ['null', null],
  ])('%s', (source, expected) => {
    expect(value(source)).toEqual(literal(expected));
  });

  it('objects have quoted and bare keys, optional pairs and spread', () => {
    expect(value('{ a: 1, "b c"?: @x, \'d\': { e: [] }, ...@o.p, }').members).toEqual([
      { kind: 'pair', key: 'a', optional: false, value: literal(1) },
      { kind: 'pair', key: 'b c', optional: true, value: ref('x') },
      { kind: 'pair', key: 'd', optional: false, value: expect.objectContaining({ type: 'ObjectLiteral' }) },
      { kind: 'spread', value: ref('o', { kind: 'field', name: 'p' }) },
    ]);
  });

  it('members may be commands, files, when, for and pipelines', () => {
    const types = value(
      '{ a: run {x}, b: <f.md>, c: when [ @a => 1 ], d: @x | @f, e: for @i in @l => @i, f: js { 1 } }',
    ).members.map((member: { value: { type: string } }) => member.value.type);
    expect(types).toEqual([
      'RunExpression',
      'FileExpression',
      'WhenExpression',
      'Pipeline',
      'ForExpression',
      'CodeExpression',
    ]);
  });

  it('array elements may be optional', () => {
    expect(value('[@a?, @b ? 1 : 2, @c.d?,\n "x"]').elements).toEqual([
      { value: ref('a'), optional: true },
      { value: expect.objectContaining({ type: 'TernaryExpression' }), optional: false },
      { value: ref('c', { kind: 'field', name: 'd' }), optional: true },
      { value: double('x'), optional: false },
    ]);
  });

  it.each([
    ['[1, 2', 'unclosed-array', "Unclosed array in var directive. Expected ']' to close the array."],
    ['{ a: 1', 'unclosed-object', 'Unclosed object in var directive. Expected closing brace to close the object.'],
    ['[1 2]', 'array-closer', "Expected ',' or ']' after an element of the array, but found \"2\" in var directive."],
    [
      '{ a: 1 b: 2 }',
      'object-closer',
      "Expected ',' or '}' after a pair of the object, but found \"b\" in var directive.",
    ],
    ['{ a: }', 'member-value', 'Expected a value for \'a\', but found "}"'],
    [
      '[\n>> c\n1]',
      'comment-in-array',
      'Comments (>>) are not allowed inside array literals. Place comments before the array or on a separate line.',
    ],
    [
      '{\n>> c\na: 1}',
      'comment-in-object',
      'Comments (>>) are not allowed inside object literals. Place comments before the object or on a separate line.',
    ],
    ['[...@a]', 'array-spread', 'Unknown operator ".." in a spread expression. Arrays cannot be spread.'],
    [
      '[1, [let @a = 1 => @a]]',
      'block-in-array',
      'Block expressions are not allowed inside array literals. Move the block to a let/var and reference it instead.',
    ],
  ])('refuses %j', (source, code, message) => {
    expect(errors(`var @x = ${source}`)).toMatchObject([{ code, message }]);
  });
});

describe('brackets', () => {
  it.each([
    '[]',
    '[@a, @f(1)]',
    '[@f(1)]',
    '[@x]',
    '[run {a}, run {b}]',
    '[run {a}]',
    '[when [@a => 1], 2]',
    '["a" | @f, "b"]',
    '[\n  @a.b(1),\n  @c\n]',
    '[for @x in @y => @x, 1]',
    '[(1 + 2), !@a]',
  ])('%j is an array', (source) => {
    expect(value(source).type).toBe('ArrayLiteral');
  });

  it.each([
    '[ let @a = 1 => @a ]',
    '[ => 1 ]',
    '[ @a += 1 => @a ]',
    '[ show "x"; => 1 ]',
    '[ run {a}\n => 1 ]',
    '[ for @x in @y [ show @x ]\n => 1 ]',
    '[ when @a => 1 ]',
    '[ @f(1)\n @g(2) ]',
    '[ @f(1); @g(2) ]',
    '[ @x | show ]',
    '[ if @a [ show "x" ] ]',
    '[ >> note\n let @a = 1 ]',
  ])('%j is a block', (source) => {
    expect(value(source).type).toBe('BlockExpression');
  });

  it('with a command alone are the block of an action', () => {
    expect(inBlock('when @a => [ run {x} ]').when.entries[0].action).toMatchObject({
      type: 'Block',
      body: [{ type: 'RunStatement' }],
    });
  });
});
