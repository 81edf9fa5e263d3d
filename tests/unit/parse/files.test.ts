import { describe, expect, it } from 'vitest';
import { errors, ref, sketch, value } from './helpers.js';

describe('paths (language.md 9.1)', () => {
  it.each([
    ['<rel/path.ext>', 'rel/path.ext'],
    ['< ./x.md >', './x.md'],
    ['</abs/x>', '/abs/x'],
    ['<@root/x.md>', '{@root}/x.md'],
    ['<dir/@var/x.md>', 'dir/{@var}/x.md'],
    ['<@a.@b>', '{@a}.{@b}'],
    ['<@name\\.txt>', '{@name}.txt'],
    ['<"path with spaces.txt">', 'path with spaces.txt'],
    ['<file with spaces.txt>', 'file with spaces.txt'],
    ['<https://example.com/a?b=c#d>', 'https://example.com/a?b=c#d'],
    ['<docs/**/{a,b}.md>', 'docs/**/{a,b}.md'],
    ['<data/special-@chars!.txt>', 'data/special-{@chars}!.txt'],
  ])('%s', (source, expected) => {
    expect(value(source)).toMatchObject({
      type: 'FileExpression',
      optional: false,
      sections: null,
      select: null,
      as: null,
    });
    expect(sketch(value(source).path.parts)).toBe(expected);
  });

  it('may be optional and have accessors, pipes and a template (language.md 9.7)', () => {
    expect(value('<f.md>?').optional).toBe(true);
    expect(value('<f.json>.a[0].keep').access).toHaveLength(3);
    expect(value('<f> | @stage')).toMatchObject({ type: 'Pipeline', source: { type: 'FileExpression' } });
    expect(value('<docs/*.md as "x">').as).not.toBeNull();
  });

  it.each(['"* <>.mx.filename!"', '`* <>.mx.filename!`', '::* <>.mx.filename!::'])(
    '<> in the template %s is the file (language.md 9.5)',
    (as) => {
      const { parts } = value(`<docs/*.md> as ${as}`).as;
      expect(sketch(parts)).toBe('* <>!');
      expect(parts[1].file.access).toMatchObject([{ name: 'mx' }, { name: 'filename' }]);
      expect(sketch(value('"* <>.mx.filename"').parts)).toBe('* <>.mx.filename');
    },
  );
});

describe('sections (language.md 9.5)', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the node is known
  const sections = (source: string): any => value(source).sections;
  const titles = (list: { title: { parts: never[] }; optional: boolean }[]): string[] =>
    list.map(({ title, optional }) => sketch(title.parts) + (optional ? '?' : ''));

  it('include and exclude titles', () => {
    const found = sections('<f.md # "TL;DR", Getting started, @c, "E"?; !# tldr, "Another one">');
    expect(titles(found.include)).toEqual(['TL;DR', 'Getting started', '{@c}', 'E?']);
    expect(titles(found.exclude)).toEqual(['tldr', 'Another one']);
  });

  it.each([
    ['<f.md # ??>', null],
    ['<f.md # ##??>', 2],
    ['<doc*.md # ###??>', 3],
  ])('%s lists headings', (source, level) => {
    expect(sections(source)).toMatchObject({ kind: 'list', level });
  });

  it('are renamed', () => {
    expect(value('<f.md # Original Title> as "# New Title"')).toMatchObject({
      sections: { include: [{}] },
      as: { type: 'Template' },
    });
  });

  it('keep what looks like markup', () => {
    expect(titles(sections('<f.md # What is C#?>').include)).toEqual(['What is C#?']);
  });

  it('need !# after a semicolon', () => {
    expect(errors('show <f.md # A; B>')[0]?.message).toBe(
      'Invalid section selector: use "; !# section" to start exclude selectors',
    );
  });
});

it('a section to leave out stands behind a semicolon', () => {
  expect(errors('show <f.md # Setup !# Sub>')[0]?.message).toBe(
    'Invalid section selector: use "; !# section" to start exclude selectors',
  );
});

describe('AST selectors (language.md 9.6)', () => {
  const items = (source: string): unknown[] =>
    value(source).select.items.map(
      (item: { kind: string; pattern: string; usage: boolean }) =>
        `${item.kind} ${item.pattern}${item.usage ? ' usage' : ''}`,
    );

  it('choose pieces of code or names', () => {
    expect(items('<f.ts { create*, *Validator, get?, *fn, *, (name) }>')).toEqual([
      'name create*',
      'name *Validator',
      'name get?',
      'type fn',
      'all *',
      'name name usage',
    ]);
    expect(items('<f.ts { ?? }>')).toEqual(['list ']);
    expect(items('<f.ts { fn??, class?? }>')).toEqual(['list fn', 'list class']);
  });

  it('may hold variables', () => {
    const parts = (source: string): unknown => value(source).select.items[0].parts;
    expect(parts('<f.ts { @type?? }>')).toMatchObject([{ source: '@type' }, { text: '??' }]);
    expect(parts('<f.ts { *@name }>')).toMatchObject([{ text: '*' }, { source: '@name' }]);
  });

  it('do not mix both', () => {
    expect(errors('show <f.ts { a, fn?? }>')[0]?.message).toBe('Cannot mix content selectors with name-list selectors');
  });
});

it.each(['<>', '<a', '<a\nb>'])('%j is no file', (source) => {
  expect(errors(`var @x = ${source}`)[0]?.code).toBe('file-syntax-tag');
});

it('a comparison is no file', () => {
  expect(value('@a <@b')).toMatchObject({ operator: '<', right: ref('b') });
});
