import { describe, expect, it } from 'vitest';
import { compiled, problems, program } from './helpers.js';

describe('import cycles (language.md 11.4)', () => {
  it('are errors that show the whole way round', () => {
    const [problem, ...more] = problems('import { @b } from "./b.mld"', {
      'b.mld': 'import { @c } from "./c.mld"\nvar @b = 1',
      'c.mld': 'import { @b } from "./b.mld"\nvar @c = 1',
    });
    expect(more).toEqual([]);
    expect(problem?.message).toContain('Circular import detected');
    expect(problem?.at).toBe('c.mld: import { @b } from "./b.mld"');
    expect(problem?.hint).toContain('b.mld → c.mld → b.mld');
  });

  it('are found when a module imports itself, or the main script', () => {
    expect(
      problems('import { @a } from "./a.mld"', { 'a.mld': 'import { @a as @x } from "./a.mld"\nvar @a = 1' })[0]
        ?.message,
    ).toContain('Circular import detected');
    expect(
      problems('import { @a } from "./a.mld"\nvar @m = 1', {
        'a.mld': 'import { @m } from "./main.mld"\nvar @a = 1',
      })[0]?.message,
    ).toContain('Circular import detected');
  });

  it('are not what two ways to one module are', () => {
    const files = {
      'l.mld': 'import { @v } from "./base.mld"\nvar @l = @v',
      'r.mld': 'import { @v } from "./base.mld"\nvar @r = @v',
      'base.mld': 'var @v = 1',
    };
    expect(problems('import { @l } from "./l.mld"\nimport { @r } from "./r.mld"', files)).toEqual([]);
    expect(compiled('import { @l } from "./l.mld"\nimport { @r } from "./r.mld"', files).bundle?.sources).toHaveLength(
      4,
    );
  });
});

describe('clashes (language.md 11.4)', () => {
  const files = { 'a.mld': 'var @x = 1\nvar @y = 2', 'b.mld': 'var @x = 3' };

  it('of two imports name the first source', () => {
    const [problem] = problems('import { @x } from "./a.mld"\nimport { @x } from "./b.mld"', files);
    expect(problem?.message).toContain("Import collision - 'x' already imported from ./a.mld");
    expect(problem?.at).toBe('main.mld: import { @x } from "./b.mld"');
  });

  it('of an import and a definition name the place of the import', () => {
    const [problem] = problems('import { @x } from "./a.mld"\nvar @x = 2', files);
    expect(problem?.message).toContain(
      "Variable 'x' is already imported and cannot be redefined locally. Originally defined at main.mld:1:1",
    );
    expect(problem?.at).toBe('main.mld: @x');
  });

  it('are avoided by aliases', () => {
    expect(problems('import { @x } from "./a.mld"\nimport { @x as @other } from "./b.mld"', files)).toEqual([]);
    expect(problems('import { @x, @x as @again } from "./a.mld"', files)).toEqual([]);
  });
});

describe('modules', () => {
  it('report all their errors at once, each with its file', () => {
    const found = problems(
      'import { @a } from "./a.mld"\nimport { @b } from "./b.mld"\nimport { @n } from "./none.mld"',
      {
        'a.mld': 'var @a = [1',
        'b.mld': 'vra @b = 1',
      },
    );
    expect(found.map(({ at }) => at.split(':')[0])).toEqual(['a.mld', 'b.mld', 'main.mld']);
  });

  it('ask an object before a built-in method when a module exports a function of that name', () => {
    const lib = { 'lib.mld': 'exe @join(x) = "mine"' };
    expect(program('import "./lib.mld" as @lib\nshow @lib.join("a")', lib)).toContain('member');
    expect(program('var @l = ["a"]\nshow @l.join("+")')).not.toContain('member');
  });
});

describe('modules in quotes (language.md 11.1)', () => {
  it.each(['@mlld/claude', '@acme/tool@1.2.0'])('%s is to be written bare', (name) => {
    expect(problems(`import { a } from "${name}"`)).toMatchObject([
      { hint: `Name the module without quotes: import … from ${name}` },
    ]);
  });

  it('are paths where the variable is one', () => {
    expect(problems('var @dir = "."\nimport { a } from "@dir/a.mld"', { 'a.mld': 'var @a = 1' })).toEqual([]);
    expect(problems('import { a } from "@payload.dir/a.mld"')).toMatchObject([
      { message: 'An import path must be known before the script runs' },
    ]);
  });
});

describe('names imports bind', () => {
  it.each([
    'import { @a as @now } from "./a.mld"',
    'import { @root } from "./a.mld"',
    'import "./a.mld" as @input',
    'import { * as @base } from "./a.mld"',
  ])('are not those of the system: %s', (source) => {
    const name = /@(now|root|input|base)/.exec(source)![1];
    expect(problems(source, { 'a.mld': 'var @a = 1' })[0]?.message).toBe(
      `Cannot create variable '@${name}': this name is already reserved by the system or a resolver prefix`,
    );
  });
});

describe('with { … } of an import', () => {
  it('has no keys that nothing reads', () => {
    const [problem] = problems('import { @a } from "./a.mld" with { skip: [] }', { 'a.mld': 'var @a = 1' });
    expect(problem?.message).toContain("Unknown key 'skip'");
  });
});
