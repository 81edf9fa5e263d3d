import { describe, expect, it } from 'vitest';
import { double, errors, literal, ref, sketch, statement, template, text, value } from './helpers.js';

const parts = (source: string): string => sketch(statement(`show ${source}`).value.parts);

describe('quote forms (language.md 3.1)', () => {
  it.each([
    ["'@x {{y}} <f.md> a\\nb \\'q\\' \\\\'", "@x {{y}} <f.md> a\\nb 'q' \\", 'single'],
    ['"@x {{y}} <f.md> \\n\\t\\"\\\\ \\q \\u0041"', '{@x} {{y}} <f.md> \n\t"\\ \\q \\u0041', 'double'],
    ['`@x {{y}} <f.md> \\n \\` \\$ two\nlines`', '{@x} {{y}} <f.md> \n ` $ two\nlines', 'backtick'],
    ['::@x {{y}} <f.md> a\\nb `code` a:b::', '{@x} {{y}} <f.md> a\\nb `code` a:b', 'colon2'],
    [':::@x {{y}} <f.md> a\\nb `code` ::', '', 'unclosed'],
    [':::@x {{y}} <f.md> a\\nb `code`:::', '@x {{{y}}} <f.md> a\\nb `code`', 'colon3'],
    ['[[ @x "q" {{y}} ]]', ' @x "q" {{{y}}} ', 'brackets'],
  ])('%s', (source, expected, quote) => {
    if (quote === 'unclosed') expect(errors(`show ${source}`)[0]?.code).toBe('unclosed-triple');
    else {
      expect(statement(`show ${source}`).value.quote).toBe(quote);
      expect(parts(source)).toBe(expected);
    }
  });

  it('take [[1, 2], [3]] for an array', () => {
    expect(value('[[1, 2], [3]]')).toMatchObject({ type: 'ArrayLiteral', elements: [{}, {}] });
  });

  it.each([
    ['::\n\na\n\n::', '\na\n'],
    [':::\na\n:::', 'a'],
    [':: a ::', ' a '],
    ['`\na\n`', '\na\n'],
    ['::\n::', ''],
  ])('trim %j to %j', (source, expected) => {
    expect(parts(source)).toBe(expected);
  });

  it('end double quotes on their line', () => {
    expect(errors('var @x = "a\nb"')[0]?.message).toBe(
      'Unclosed string in var directive. Expected closing double quote (").',
    );
  });

  it.each([
    ['`@@a \\@b user@@example.com @user@@c`', '@a @b user@example.com {@user}@c'],
    ['"@@a \\@b"', '@a @b'],
    ['::@@a \\@b::', '@a @b'],
    ['`<input placeholder="user\\@example\\.com">`', '<input placeholder="user@example.com">'],
    ['`@{x} @ @1 a@`', '@{x} @ @1 a@'],
  ])('write at-signs: %s', (source, expected) => {
    expect(parts(source)).toBe(expected);
  });
});

describe('where a reference ends (language.md 3.2)', () => {
  it.each([
    ['`@x2text @x2-text @my-name- @a.b-c`', '{@x2text} {@x2-text} {@my-name}- {@a.b-c}'],
    ['`@n. @o.a. End @o.a.0.b`', '{@n}. {@o.a}. End {@o.a.0.b}'],
    ["`@n's @n, @n! @n: @n; @n/ @n) @n%`", "{@n}'s {@n}, {@n}! {@n}: {@n}; {@n}/ {@n}) {@n}%"],
    ['`@n\\.txt @x2\\text @dir/@name\\.txt`', '{@n}.txt {@x2}text {@dir}/{@name}.txt'],
    ['"@n\\tT"', '{@n}tT'],
    ['"{\\"a\\": \\"@x\\"}"', '{"a": "{@x}"}'],
    ['`@f(1).list @f("a)b") @f(@g(1), [2])`', '{@f(1)}.list {@f("a)b")} {@f(@g(1), [2])}'],
    ['`@s.split(",")[1] @s.trim().slice(0,5).`', '{@s.split(",")[1]} {@s.trim().slice(0,5)}.'],
    [
      '`@a[0] @a[@i] @a["k"] @a[1:2] @a[text] [@b][@c]`',
      '{@a[0]} {@a[@i]} {@a["k"]} {@a[1:2]} {@a}[text] [{@b}][{@c}]',
    ],
    ['`@f (x) @name(not, valid ! args)`', '{@f} (x) {@name}(not, valid ! args)'],
    ['`email@f(1).com user@example.com`', 'email{@f(1)}.com user{@example.com}'],
  ])('%s', (source, expected) => {
    expect(parts(source)).toBe(expected);
  });

  it('swallows the boundary only', () => {
    expect(statement('show `@n\\.txt`').value.parts).toEqual([
      { type: 'TemplateReference', ref: ref('n'), source: '@n', pipes: [], modifier: { kind: 'none' } },
      text('.txt'),
    ]);
  });
});

describe('modifiers (language.md 3.3)', () => {
  const modifier = (source: string): unknown => statement(`show ${source}`).value.parts[0].modifier;

  it.each([
    ['`@x? y`', { kind: 'optional' }],
    ['`@x??"d"`', { kind: 'default', text: 'd' }],
    ["`@x??'d'`", { kind: 'default', text: 'd' }],
    ['::@x?`a @y`::', { kind: 'fragment', parts: [text('a '), expect.objectContaining({ source: '@y' })] }],
    ['`@x?`a` b`', { kind: 'fragment', parts: [text('a')] }],
    ['`@x ?? "d"`', { kind: 'none' }],
  ])('%s', (source, expected) => {
    expect(modifier(source)).toEqual(expected);
  });

  it('of a fragment in double quotes use double quotes', () => {
    expect(parts('"Hello @t?"@t "@name@nick?" (@nick)""')).toBe('Hello {@t?"@t "}{@name}{@nick?" (@nick)"}');
  });

  it.each([
    ['show `x @t?`', 1],
    ['show @f("@x?", "@y?")', 2],
    ['show @f(`@x?`, `@y?`)', 2],
  ])('at the end of a template end it: %s', (source) => {
    expect(errors(source)).toEqual([]);
    expect(JSON.stringify(statement(source))).not.toContain('fragment');
  });

  it('pipe without blanks and arguments', () => {
    expect(statement('show `@x.y|@a|@b.c! | @d`').value.parts[0]).toMatchObject({
      source: '@x.y|@a|@b.c',
      pipes: [ref('a'), ref('b', { kind: 'field', name: 'c' })],
    });
  });
});

describe('{{…}} (language.md 3.4)', () => {
  it('takes paths', () => {
    expect(statement('show :::{{ a.b[0]["k"].0 }}{{x y}}:::').value.parts).toEqual([
      {
        type: 'TemplateReference',
        ref: ref(
          'a',
          { kind: 'field', name: 'b' },
          { kind: 'index', index: literal(0) },
          { kind: 'index', index: literal('k') },
          { kind: 'field', name: '0' },
        ),
        source: '{{ a.b[0]["k"].0 }}',
        pipes: [],
        modifier: { kind: 'none' },
      },
      text('{{x y}}'),
    ]);
  });
});

describe('/for in templates (language.md 3.5)', () => {
  it.each(['`X\n/for @x in @i\n\n[@x]\n/end\nY`', '::\nX\n/for @x in @i\n[@x]\n/end\nY\n::'])('%j', (source) => {
    expect(statement(`show ${source}`).value.parts).toEqual([
      text('X\n'),
      {
        type: 'TemplateFor',
        key: null,
        value: 'x',
        items: ref('i'),
        body: [text('['), expect.objectContaining({ source: '@x' }), text(']\n')],
      },
      text('\nY'),
    ]);
  });

  it('nests and binds keys', () => {
    expect(template('/for @k, @v in @o\n/for @x in @v\n@x\n/end\n/end\n')).toMatchObject([
      { type: 'TemplateFor', key: 'k', value: 'v', body: [{ type: 'TemplateFor', value: 'x' }, text('\n')] },
      text('\n'),
    ]);
  });

  it('starts at the start of a line', () => {
    expect(parts('`a /for @x in @i\n/show @x\n`')).toBe('a /for {@x} in {@i}\n/show {@x}\n');
  });

  it('needs its end', () => {
    expect(errors('show `\n/for @x in @y\n- @x\n`')[0]?.code).toBe('template-for-end');
  });
});

describe('files in templates (language.md 3.6)', () => {
  it.each([
    ['<a.txt>', '<a.txt>'],
    ['<file with spaces.txt>', '<file with spaces.txt>'],
    ['<*.md>', '<*.md>'],
    ['<@x>', '<{@x}>'],
    ['<dir/@x/a.md>', '<dir/{@x}/a.md>'],
  ])('%s is a file', (source, expected) => {
    const [part] = statement(`show \`${source}\``).value.parts;
    expect(part.type).toBe('TemplateFileRef');
    expect(parts(`\`${source}\``)).toBe(expected);
  });

  it.each([
    '<b>',
    '</b>',
    '<br/>',
    '<70%',
    '<!-- a.b -->',
    '<T version="1.0">',
    '<a/b>',
    'a < b. c > d',
    '<a\\.b>',
    '<@12345>',
  ])('%s is text', (source) => {
    expect(parts(`\`${source}\``)).toBe(source.replace('\\', ''));
  });

  it('have fields and pipes', () => {
    expect(statement('show `<f.json>.a[0]|@json`').value.parts[0]).toMatchObject({
      file: { access: [{ kind: 'field', name: 'a' }, { kind: 'index' }] },
      pipes: [ref('json')],
    });
  });

  it('in double quotes need a pipe', () => {
    expect(statement('show "<f.json>|@json <g.md>"').value.parts).toMatchObject([
      { type: 'TemplateFileRef', pipes: [ref('json')] },
      text(' <g.md>'),
    ]);
  });
});

describe('template files (language.md 1.1, 1.4)', () => {
  it('.att interpolates like a template', () => {
    expect(sketch(template('a @x.y <f.md> `code` ::\n{{z}} \\n\n'))).toBe('a {@x.y} <f.md> `code` ::\n{{z}} \\n\n');
  });

  it('.att keeps mlld fences and fills mlld-run fences', () => {
    expect(sketch(template('```mlld\n@a()\n```\n```mlld-run\n@a()\n```\n'))).toBe(
      '```mlld\n@a()\n```\n```mlld-run\n{@a()}\n```\n',
    );
  });

  it('.mtt fills {{…}} only', () => {
    expect(sketch(template('@x <f.md> {{ y.z }}\n', 'mtt'))).toBe('@x <f.md> {{{ y.z }}}\n');
  });
});

it('quoted text without references is a template with one text', () => {
  expect(value('"abc"')).toEqual(double('abc'));
  expect(value('""')).toEqual(double(''));
});
