import { describe, expect, it } from 'vitest';
import { problems } from './helpers.js';

const messages = (source: string, files: Record<string, string> = {}): string[] =>
  problems(source, files).map(({ message }) => message);

describe('let (language.md 4.3)', () => {
  it.each([
    ['in an action block, over a module variable', 'var @x = 1\nwhen true => [ let @x = 2\n show @x ]'],
    ['in a nested block, over an outer let', 'exe @f() = [ let @x = 1\n if true [ let @x = 2 ]\n => @x ]'],
    ['in an executable, over an imported name', 'import { @x } from "./m.mld"\nexe @f() = [ let @x = 2 => @x ]'],
    ['of a name that another executable uses as parameter', 'exe @f(x) = @x\nexe @g() = [ let @x = 1 => @x ]'],
  ])('may be %s', (_, source) => {
    expect(messages(source, { 'm.mld': 'var @x = 1' })).toEqual([]);
  });

  it.each([
    ['a variable of its module', 'var @x = 1\nexe @f() = [ let @x = 2 => @x ]', 'main.mld:1:5'],
    ['a parameter of its executable', 'exe @f(x) = [ let @x = 2 => @x ]', 'main.mld:1:8'],
    ['a module variable, in a loop', 'var @x = 1\nloop(1) [ let @x = 2 ]', 'main.mld:1:5'],
  ])('may not take the name of %s', (_, source, origin) => {
    const [problem, ...more] = problems(source);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ at: 'main.mld: @x' });
    expect(problem?.message).toContain("Variable 'x' is already defined and cannot be redefined");
    expect(problem?.message).toContain(origin);
    expect(problem?.hint).not.toBe('');
  });
});

describe('names of the system', () => {
  it.each(['now', 'root', 'base', 'input', 'mx'])('@%s cannot be defined', (name) => {
    for (const source of [`var @${name} = 1`, `exe @${name}() = "x"`]) {
      expect(problems(source)).toMatchObject([
        { at: `main.mld: @${name}`, message: expect.stringContaining(`Cannot create variable '@${name}'`) },
      ]);
    }
  });

  it.each(['upper', 'show', 'exists', 'debug'])('@%s can', (name) => {
    expect(messages(`var @${name} = "x"\nshow @${name}`)).toEqual([]);
  });

  it('may be parameters', () => {
    expect(messages('exe @f(input) = `@input`\nshow @f("x")')).toEqual([]);
  });
});
