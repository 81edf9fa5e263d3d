import { describe, expect, it } from 'vitest';
import { program } from './helpers.js';

/** The emitted definition of an executable, to the start of the next statement. */
function definitionOf(text: string, name: string): string {
  const at = text.indexOf(`name: ${JSON.stringify(name)}`);
  if (at < 0) throw new Error(`@${name} is not in the program`);
  const start = text.lastIndexOf('\n', at);
  const end = text.indexOf('executable({ name:', at + 1);
  return text.slice(start, end < 0 ? undefined : text.lastIndexOf('\n', end));
}

const waits = (text: string): boolean => /\basync\b|\bawait\b/.test(text);

describe('a program that cannot reach the door asynchronously', () => {
  it.each([
    ['values and templates', 'var @a = [1, {"k": 2}]\nvar @b = `@a[1].k`\nshow @b'],
    ['functions', 'exe @f(x) = `<b>@x</b>`\nexe @g(x) = [ let @y = @f(@x) => @y ]\nshow @g(1)'],
    ['recursion', 'exe recursive @f(n) = when [ @n <= 0 => 0; * => @f(@n - 1) ]\nshow @f(3)'],
    [
      'control flow',
      'var @n = 0\nfor @x in [1, 2] [ @n += @x ]\nif @n > 2 [ show "x" ]\nvar @w = when [ @n > 1 => "a"; * => "b" ]\nloop(2) [ show "l" ]',
    ],
    ['pipelines', 'exe @f(x) = "f@x"\nshow "a" | @f | @upper'],
  ])('contains no async and no await: %s', (_, source) => {
    expect(waits(program(source))).toBe(false);
  });

  it('stays synchronous across modules', () => {
    const text = program('import { @f } from "./lib.mld"\nshow @f("x")', {
      'lib.mld': 'var @p = "p"\nexe @f(x) = `@p @x`',
    });
    expect(waits(text)).toBe(false);
  });
});

describe('one command', () => {
  const source = [
    'exe @run-it(x) = cmd { echo "@x" }',
    'exe @calls(x) = [ let @r = @run-it(@x) => @r ]',
    'exe @calls-the-caller(x) = [ => @calls(@x) ]',
    'exe @pure(x) = `pure @x`',
    'exe @calls-pure(x) = [ let @r = @pure(@x) => @r ]',
    'show @calls-the-caller("x")',
    'show @calls-pure("x")',
  ].join('\n');

  it.each(['run-it', 'calls', 'calls-the-caller'])('makes its caller @%s wait', (name) => {
    expect(waits(definitionOf(program(source), name))).toBe(true);
  });

  it.each(['pure', 'calls-pure'])('leaves @%s synchronous', (name) => {
    const body = definitionOf(program(source), name).split('\n').slice(0, 6).join('\n');
    expect(body.slice(0, body.indexOf('});') + 3)).not.toMatch(/\basync\b|\bawait\b/);
  });

  it('is found through a caller that stands before what it calls', () => {
    const text = program('exe @outer() = [ => @inner() ]\nexe @inner() = cmd { echo x }\nshow @outer()');
    expect(waits(definitionOf(text, 'outer'))).toBe(true);
  });

  it('is found through imports', () => {
    const text = program('import { @f } from "./lib.mld"\nexe @g() = [ => @f() ]\nshow @g()', {
      'lib.mld': 'exe @f() = sh { echo x }',
    });
    expect(waits(definitionOf(text, 'g'))).toBe(true);
  });
});
