import { describe, expect, it } from 'vitest';
import { parse } from '../../../compiler/parse/index.js';

const codes = (source: string, file = 'a.mld'): string[] => parse(source, file).diagnostics.map((d) => d.code);

const UNIT = `var @v = { name: "item @x", list: [1, 2, "three", @x.y[0]], n: 1 + 2 * 3 > 4 ? "a" : "b" }
exe @f(a, b) = when [
  @a > 1 && @b.includes("x") => \`Result @a of @b.c @f(1, 2)\`
  * => [
    let @t = @a ?? "none"
    show "hello @t"
    => @t
  ]
]
show @f(@v.name, "y") | @upper | @trim
for @x in @list [ show \`- @x\` ]
run cmd { echo "@v" 'x' }
exe @j(x) = js { const y = x.map(z => \`\${z}\`); return { y } }
`;

describe('large files', () => {
  it('of 20,000 lines parse', { timeout: 60_000 }, () => {
    const source = UNIT.repeat(Math.ceil(20_000 / 13));
    expect(codes(source)).toEqual([]);
  });

  it('report thousands of errors in linear time', { timeout: 60_000 }, () => {
    expect(codes('var @x = [1\nshow "a"\n'.repeat(2000))).toHaveLength(2000);
  });

  it.each([
    ['stages', `var @x = @a${' | @f'.repeat(20_000)}`],
    ['angle brackets', `show \`${'<'.repeat(50_000)}\``],
    ['fragments', `show \`${'@a?`x` '.repeat(10_000)}\``],
    ['braces of a command', `run cmd { ${'{ '.repeat(20_000)}${'} '.repeat(20_000)}}`],
  ])('with many %s', { timeout: 60_000 }, (_, source) => {
    expect(codes(source)).toEqual([]);
  });
});

const NESTED: [string, (depth: number) => string][] = [
  ['arrays', (n) => `var @x = ${'['.repeat(n)}1${']'.repeat(n)}`],
  ['objects', (n) => `var @x = ${'{a: '.repeat(n)}1${'}'.repeat(n)}`],
  ['parentheses', (n) => `var @x = ${'('.repeat(n)}1${')'.repeat(n)}`],
  ['blocks', (n) => `if @a ${'[ if @a '.repeat(n)}[ show "x" ]${' ]'.repeat(n)}`],
  ['calls', (n) => `show ${'@f('.repeat(n)}1${')'.repeat(n)}`],
  ['indices', (n) => `show ${'@a['.repeat(n)}1${']'.repeat(n)}`],
  ['calls in templates', (n) => `show \`${'@f('.repeat(n)}1${')'.repeat(n)}\``],
  ['calls in templates that are text', (n) => `show \`${'@f('.repeat(n)}! ${')'.repeat(n)}\``],
  ['calls in templates that do not end', (n) => `show \`${'@f('.repeat(n)}\``],
  ['templates', (n) => `show ${'`@f('.repeat(n)}1${')`'.repeat(n)}`],
  ['negations', (n) => `var @x = ${'!'.repeat(n)}@a`],
  ['ternaries', (n) => `var @x = ${'@a ? @b : '.repeat(n)}@c`],
  ['operators', (n) => `var @x = ${'@a + '.repeat(n)}1`],
  ['loops', (n) => `${'for @x in @y => '.repeat(n)}show @x`],
  ['mixed brackets', (n) => `var @x = ${'[@f({a: ('.repeat(n / 4)}1${')})]'.repeat(n / 4)}`],
];

describe('deep nesting', () => {
  it.each(NESTED)('120 %s parse', { timeout: 60_000 }, (_, nested) => {
    expect(codes(nested(120))).toEqual([]);
  });

  it.each(NESTED)('20,000 %s are refused in words', { timeout: 60_000 }, (_, nested) => {
    expect(codes(nested(20_000))).toEqual(['nested-too-deeply']);
  });
});
