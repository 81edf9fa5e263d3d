import { describe, expect, it } from 'vitest';
import { modeOf, parse } from '../../../compiler/parse/index.js';
import type { Statement, TopLevel } from '../../../grammar/ast.js';
import { body, errors, statement } from './helpers.js';

/** The document a program leaves, by the algorithm of language.md 10.3, when every effect prints a known text. */
function documentOf(source: string, effect: (statement: Statement) => string | null): string {
  let doc = '';
  let pending = 0;
  const flush = (): void => {
    doc += '\n'.repeat(Math.min(pending, 2));
    pending = 0;
  };
  const emit = (nodes: readonly TopLevel[]): void => {
    for (const node of nodes) {
      if (node.type === 'DocBreak') pending += node.count;
      else if (node.type === 'RunFence') emit(node.body);
      else if (node.type === 'DocText') {
        flush();
        doc += node.text;
      } else {
        const text = effect(node);
        if (text === null) continue;
        flush();
        doc += text.endsWith('\n') ? text : `${text}\n`;
      }
    }
  };
  emit(body(source, 'markdown'));
  flush();
  return doc.replace(/\n{3,}/g, '\n\n');
}

/** Shows print the first text of their value; everything else what the row says. */
const printing =
  (other: string | null) =>
  (node: Statement): string | null => {
    if (node.type !== 'ShowStatement' || node.value?.type !== 'Template')
      return node.type === 'VarStatement' ? null : other;
    const first = node.value.parts[0];
    return first?.type === 'TemplateText' ? first.text : '';
  };

describe('the document of markdown mode (language.md 10.3)', () => {
  it.each([
    ['A\n/var @x = 1\nB', null, 'A\n\nB'],
    ['A\n/show "S"\nB', null, 'A\nS\nB'],
    ['A\n/show "S"\n\n\nB', null, 'A\nS\nB'],
    ['/show "S"\n\n/show "T"', null, 'S\nT\n'],
    ['A\n/run {echo R}\nB', 'R', 'A\nR\n\nB'],
    ['/run {echo R}\n/run {echo R}\n/show "Z"', 'R', 'R\n\nR\n\nZ\n'],
    ['/when true => show "W"\n/if true [ show "W" ]\n', 'W', 'W\n\nW\n\n'],
    ['/for @i in [1,2] => show "F@i"\nB', 'F1\nF2', 'F1\nF2\n\nB'],
    ['/show <s.txt>\nB', 'SF\n', 'SF\n\nB'],
    ['A\n/var @v = 1 >> c\nB', null, 'A\nB'],
    ['A\n>> comment\nB', null, 'A\nB'],
    ['/var @a = 1\n/var @b = 2\n/show "Z"', null, '\n\nZ\n'],
    ['x\n\n\n\ny', null, 'x\n\ny'],
    ['  /show "S"', null, '  S\n'],
    ['A\n```mlld-run\nshow "S"\n```\nB', null, 'A\nS\nB'],
  ])('%j', (source, other, expected) => {
    expect(documentOf(source, printing(other))).toBe(expected);
  });

  it.each([
    ['/show "S" \n\n  B', [{ type: 'DocText', text: 'B' }]],
    ['/show @x\n\nB', [{ type: 'DocText', text: 'B' }]],
    ['/show @x.f(1) | @g\n\nB', [{ type: 'DocText', text: 'B' }]],
    ['/show "S" | @f\nB', [{ type: 'DocText', text: '\nB' }]],
    ['/show "S" with { guards: false }\nB', [{ type: 'DocText', text: '\nB' }]],
    ['/show <f.md # A>\nB', [{ type: 'DocText', text: '\nB' }]],
    ['/show foreach @f(@x)\nB', [{ type: 'DocText', text: '\nB' }]],
    ['/show "S" >> note\n\nB', [{ type: 'DocText', text: '\nB' }]],
    ['/show "S" <<note\nB', [{ type: 'DocText', text: 'B' }]],
    ['/var @x = 1\n\n\n', [{ type: 'DocBreak', count: 3 }]],
    ['/var @x = 1 \n', [{ type: 'DocText', text: ' \n' }]],
  ])('what follows the directive of %j', (source, expected) => {
    expect(body(source, 'markdown').slice(1)).toEqual(expected);
  });

  it('passes text on as it is', () => {
    const text = 'Text @x {{y}} <f.md> text >> x\n/unknown x\n/ show "x"\n- /show "x"\n/var/log\n`a` ::\n';
    expect(body(text, 'markdown')).toEqual([{ type: 'DocText', text }]);
  });

  it('leaves a second directive of a line as text', () => {
    expect(body('/var @a = 1 /show @a\n', 'markdown')[1]).toEqual({ type: 'DocText', text: ' /show @a\n' });
  });

  it('drops comment lines', () => {
    expect(body('>> a\n<< b\n  >> c\n>>\ntext\n', 'markdown')).toEqual([{ type: 'DocText', text: 'text\n' }]);
  });

  it('runs bare pipelines of effects and removes them from the text', () => {
    const nodes = body(
      'a\n"one" | append "f.txt"\n@x | output to "f"\n@x | @f\n@g() with { pipeline: [show] }\n',
      'markdown',
    );
    expect(nodes.map((node) => node.type)).toEqual([
      'DocText',
      'EffectStatement',
      'DocBreak',
      'EffectStatement',
      'DocText',
      'EffectStatement',
      'DocBreak',
    ]);
  });

  it('keeps a line that only looks like a pipeline of effects', () => {
    const text = '"quoted | show the door\n| a | show |\n';
    expect(body(text, 'markdown')).toEqual([{ type: 'DocText', text }]);
  });

  it('does not take a table for stages', () => {
    expect(body('/var @x = @y\n| a | b |\n', 'markdown')[1]).toEqual({ type: 'DocText', text: '\n| a | b |\n' });
  });
});

describe('strict mode (language.md 1.2)', () => {
  it('produces no text and no breaks', () => {
    expect(body('\n\n>> note\nvar @a = 1\n\n  show @a >> c\n\n').map((node) => node.type)).toEqual([
      'VarStatement',
      'ShowStatement',
    ]);
  });

  it('accepts a slash', () => {
    expect(statement('/show @x').type).toBe('ShowStatement');
  });

  it('takes a call at the start of a line for a directive', () => {
    expect(statement('@o.f(1).list')).toMatchObject({ type: 'CallStatement', value: { name: 'o' } });
  });

  it.each([
    ['This is text', 'This'],
    ['var @x = 1 junk', 'junk'],
    ['show @a > 3', '>'],
    ['show @x ?? "d"', '?'],
    ['show "x"; show "y"', ';'],
    ['@x', '@x'],
    ['vra @y = 3', 'vra'],
  ])('refuses %j', (source, at) => {
    expect(errors(source)).toMatchObject([
      { message: 'Text content not allowed in strict mode (.mld). Use .mld.md for prose.', at },
    ]);
  });

  it('wants effects outside of blocks in markdown mode', () => {
    expect(errors('"one" | append "f"')[0]?.message).toContain('Did you mean: | @append');
  });
});

describe('fences (language.md 1.4)', () => {
  it.each(['strict', 'markdown'] as const)('run in place in %s mode', (mode) => {
    expect(body('```mlld-run\nvar @x = 1\n>> note\nshow @x\n```\n', mode)).toMatchObject([
      { type: 'RunFence', body: [{ type: 'VarStatement' }, { type: 'ShowStatement' }] },
    ]);
  });

  it.each(['strict', 'markdown'] as const)('are literal otherwise in %s mode', (mode) => {
    const fence = '````js\n/show "x"\n```\n````\n';
    expect(body(`${fence}/show "y"`, mode)).toMatchObject([
      { type: 'DocText', text: fence },
      { type: 'ShowStatement' },
    ]);
  });

  it('have exactly three backticks when they run', () => {
    expect(errors('````mlld-run\nshow "x"\n````')[0]?.message).toContain('must use exactly 3 backticks');
  });

  it('are closed when they run', () => {
    expect(errors('```mlld-run\nshow "x"')[0]?.code).toBe('run-fence-unclosed');
  });

  it('are text when they are not closed', () => {
    expect(body('```\n/show "x"\n', 'markdown').map((node) => node.type)).toEqual(['DocText', 'ShowStatement']);
  });
});

describe('the head of a file (language.md 1.5)', () => {
  it('has frontmatter', () => {
    const { ast } = parse('---\ntitle: T\n---\n\ntext', 'a.md');
    expect(ast).toMatchObject({ frontmatter: 'title: T\n', body: [{ type: 'DocText', text: '\ntext' }] });
  });

  it('has none when it is not closed', () => {
    expect(parse('---\ntext\n', 'a.md').ast).toMatchObject({ frontmatter: null, body: [{ type: 'DocText' }] });
  });

  it('may begin with a byte order mark', () => {
    expect(parse('\ufeff---\na: 1\n---\nshow @fm.a', 'a.mld')).toMatchObject({
      ast: { frontmatter: 'a: 1\n' },
      diagnostics: [],
    });
  });

  it('may say when to resume', () => {
    expect(parse('resume: auto\nshow "x"', 'a.mld')).toMatchObject({ ast: { resume: 'auto' }, diagnostics: [] });
  });

  it('has Windows line ends like any other', () => {
    expect(body('A\r\n/var @x = [\r\n  1\r\n]\r\n\r\nB\r\n', 'markdown')).toMatchObject([
      { type: 'DocText', text: 'A\r\n' },
      { type: 'VarStatement' },
      { type: 'DocText', text: '\r\n\r\nB\r\n' },
    ]);
  });
});

describe('modes (language.md 1.1)', () => {
  it.each([
    ['a.mld', 'strict'],
    ['a.mld.md', 'markdown'],
    ['dir/A.MD', 'markdown'],
    ['a.att', 'att'],
    ['a.mtt', 'mtt'],
    ['-', 'strict'],
  ])('%s is %s', (file, mode) => {
    expect(modeOf(file)).toBe(mode);
  });
});
