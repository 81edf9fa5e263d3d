/** Large programs: work that grows with their size is counted, and what is too large is refused in words. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sourceFrame } from '../../../compiler/diagnostics/frame.js';
import { LineIndex } from '../../../compiler/diagnostics/location.js';
import { renderDiagnostics } from '../../../compiler/diagnostics/render.js';
import { Emitter } from '../../../compiler/emit/emitter.js';
import { Scope } from '../../../compiler/emit/scope.js';
import { compiled, program } from './helpers.js';

const times = (n: number, part: (i: number) => string): string => Array.from({ length: n }, (_, i) => part(i)).join('');

afterEach(() => {
  vi.restoreAllMocks();
});

/** How often a method is called while programs of two sizes are compiled: four times the size, at most so much more. */
function growth(prototype: object, method: string, make: (n: number) => string): number {
  const spy = vi.spyOn(prototype as Record<string, () => unknown>, method);
  const count = (n: number): number => {
    spy.mockClear();
    program(make(n));
    return spy.mock.calls.length;
  };
  return count(80) / count(20);
}

const chain = (n: number, calls: (i: number) => number): string =>
  `${times(n, (i) => `exe @e${i}(x) = [ => @e${calls(i)}(@x) ]\n`)}show @e0(1)\n`;

describe('work grows with the program', () => {
  it.each([
    ['the next', (n: number) => `${chain(n, (i) => i + 1)}exe @e${n}(x) = cmd { echo @x }\n`],
    [
      'the one before',
      (n: number) => `exe @e0(x) = cmd { echo @x }\n${times(n, (i) => `exe @e${i + 1}(x) = [ => @e${i}(@x) ]\n`)}`,
    ],
  ])('of functions that call %s, of which one waits', (_, make) => {
    expect(growth(Emitter.prototype, 'statement', make)).toBeLessThan(5);
  });

  it('of conditions of one `when`, told what all entries may do', () => {
    const make = (n: number) => `var @x = 1\nwhen [\n${times(n, (i) => `@x == ${i} => show @x\n`)}]\n`;
    expect(growth(Scope.prototype, 'lookup', make)).toBeLessThan(5);
  });

  it('of conditions that may call a chain of functions', () => {
    const make = (n: number) =>
      `var @x = 1\n${chain(n, (i) => i + 1)}exe @e${n}(x) = [ => @x ]\n${times(n, () => 'if @x == 2 [ show @e0(1) ]\n')}`;
    expect(growth(Scope.prototype, 'lookup', make)).toBeLessThan(5);
  });

  it('of accessors, each with the path before it', () => {
    const text = (n: number) => program(`var @y = "a"\nvar @z = @y${'.trim()'.repeat(n)}\n`).length;
    expect(text(400) / text(100)).toBeLessThan(5);
  });
});

describe('a function that may wait is awaited by all that call it', () => {
  it('however far away it is', () => {
    const source = program(`${chain(12, (i) => i + 1)}exe @e12(x) = cmd { echo @x }\n`);
    expect(source.match(/await callA?\(/g)?.length).toBe(13);
  });

  it('in another module', () => {
    const files = {
      'a.mld': `${chain(5, (i) => i + 1).replace(/show.*\n/, '')}exe @e5(x) = cmd { echo @x }\n`,
    };
    const source = program('import { e0 } from "./a.mld"\nexe @f() = [ => @e0(1) ]\nshow @f()\n', files);
    expect(source.match(/await callA\(/g)?.length).toBe(7);
  });

  it('and one that does not, is not', () => {
    expect(program(`${chain(3, (i) => i + 1)}exe @e3(x) = [ => @x ]\n`)).not.toContain('await');
  });
});

describe('what is too large', () => {
  const DEEP: [string, (n: number) => string][] = [
    ['blocks', (n) => `${'if true [\n'.repeat(n)}show "x"\n${']\n'.repeat(n)}`],
    ['loops', (n) => `${'for @i in [1] => '.repeat(n)}show "x"\n`],
    ['boxes', (n) => `${'box [\n'.repeat(n)}show "x"\n${']\n'.repeat(n)}`],
    ['calls', (n) => `exe @f(x) = [ => @x ]\nvar @y = ${'@f('.repeat(n)}1${')'.repeat(n)}\n`],
    ['templates', (n) => `exe @f(x) = [ => @x ]\nvar @y = ${'`@f('.repeat(n)}1${')`'.repeat(n)}\n`],
    [
      'loops in a template',
      (n) => `var @l = [1]\nvar @y = \`\n${'/for @x in @l\n'.repeat(n)}${'/end\n'.repeat(n)}\`\n`,
    ],
    ['ternaries', (n) => `var @y = ${'true ? '.repeat(n)}1${' : 2'.repeat(n)}\n`],
    ['negations', (n) => `var @y = ${'!'.repeat(n)}true\n`],
  ];

  it.each(DEEP)('%s in each other: 120 compile, 1100 are refused with their place', (_, make) => {
    expect(compiled(make(120)).diagnostics).toEqual([]);
    const [problem] = compiled(make(1100)).diagnostics;
    expect(problem).toMatchObject({ code: 'nested-too-deeply', message: 'The brackets are nested too deeply.' });
    expect(problem!.span!.start).toBeGreaterThan(0);
  });

  it.each([
    ['operators', (n: number) => `var @y = ${'1 + '.repeat(n)}1\n`],
    ['comparisons', (n: number) => `var @y = ${'1 == '.repeat(n)}1\n`],
    ['fields', (n: number) => `var @o = {}\nvar @y = @o${'.a'.repeat(n)}\n`],
    ['calls', (n: number) => `exe @f() = [ => 1 ]\nvar @y = @f${'()'.repeat(n)}\n`],
  ])('%s in a row: 900 compile, 1100 are refused', (_, make) => {
    expect(compiled(make(900)).diagnostics).toEqual([]);
    expect(compiled(make(1100)).diagnostics.map(({ code }) => code)).toEqual(['nested-too-deeply']);
  });

  it('is a module with more variables than the engine takes', { timeout: 60_000 }, () => {
    const { diagnostics } = compiled(times(60_001, (i) => `var @v${i} = 1\n`));
    expect(diagnostics.map(({ code, file }) => [code, file])).toEqual([['module_too_large', 'main.mld']]);
  });
});

describe('a problem', () => {
  it('on a long line is drawn from what is around it', () => {
    const cells = vi.spyOn(Intl.Segmenter.prototype, 'segment');
    const line = `${'['.repeat(50_000)}x${']'.repeat(50_000)}`;
    const options = { colors: { cyan: String, dim: String, red: String } as never, width: 60 };
    const at = { line: 1, column: 50_001, endLine: 1, endColumn: 50_002 };
    const frame = sourceFrame('a.mld', new LineIndex(line), at, options);
    expect(frame.slice(1)).toEqual([`1 | …${'['.repeat(20)}x${']'.repeat(33)}…`, `${' '.repeat(25)}^`]);
    expect(cells).toHaveBeenCalled();
    for (const [given] of cells.mock.calls) expect(given.length).toBeLessThan(2000);
  });

  it('among thousands is shown when it is one of the first', () => {
    const { diagnostics, sources } = compiled('var = 1\n'.repeat(500));
    const text = renderDiagnostics(diagnostics, sources, { color: false });
    expect(text.match(/Invalid var syntax/g)).toHaveLength(100);
    expect(text).toContain('500 errors (the first 100 are shown)');
  });
});

it('imported data that nests deeper than a program can is refused in words', () => {
  const nested = (n: number) => ({ 'deep.json': `{ "a": ${'['.repeat(n)}${']'.repeat(n)} }` });
  const source = 'import { a } from "./deep.json"\nshow @a.length\n';
  expect(compiled(source, nested(500)).diagnostics).toEqual([]);
  expect(compiled(source, nested(100_000)).diagnostics.map(({ message }) => message)).toEqual([
    'Failed to parse JSON from deep.json (nested deeper than 1000 levels)',
  ]);
});
