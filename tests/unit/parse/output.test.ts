import { describe, expect, it } from 'vitest';
import { errors, inBlock, ref, sketch, statement } from './helpers.js';

describe('show and log (language.md 10.5)', () => {
  it.each([
    '"x"',
    '`x`',
    '::x::',
    ':::x:::',
    '@x.y[0]',
    '@f(1).list[0]',
    '<f.md>',
    '<f.md # A> as "B"',
    'foreach @f(@x)',
    '@x | @f',
    '"x" | @f',
  ])('show %s', (source) => {
    expect(statement(`show ${source}`).type).toBe('ShowStatement');
  });

  it('log takes literals as well', () => {
    expect(statement('log { a: 1 }').value.type).toBe('ObjectLiteral');
    expect(statement('log [1]').value.type).toBe('ArrayLiteral');
  });

  it('keep options that are theirs', () => {
    expect(statement('show @x with { guards: false }')).toMatchObject({
      value: ref('x'),
      with: { entries: [{ key: 'guards' }] },
    });
    expect(statement('show @x with { guards: false, pipeline: [@f], parallel: 2 }')).toMatchObject({
      value: { type: 'Pipeline', stages: [{ kind: 'call' }], with: { entries: [{ key: 'parallel' }] } },
      with: { entries: [{ key: 'guards' }] },
    });
    expect(statement('show `x` with { guards: false, pipeline: [] }')).toMatchObject({
      value: { type: 'Template' },
      with: { entries: [{ key: 'guards' }] },
    });
  });

  it.each([
    [
      'show "a" "b"',
      'show accepts only a single argument. To display multiple values, use a template: show `@var1 @var2`',
    ],
    ['log @a @b', 'log accepts only a single argument. To display multiple values, use a template: log `@var1 @var2`'],
    ['show true', 'Missing content in show directive. Expected template, variable, or path to show.'],
    ['show 5', 'Invalid show syntax. Expected: show `template`, show @variable, show <path>, or show <path # section>'],
    [
      'show {a: 1}',
      'Invalid show syntax. Expected: show `template`, show @variable, show <path>, or show <path # section>',
    ],
    ['show', 'Invalid show syntax. Expected: show `template`, show @variable, show <path>, or show <path # section>'],
    ['show cmd { ls }', 'show does not execute commands. Use run cmd { ... } (or run sh { ... }) instead.'],
    ['show run cmd { ls }', 'show does not execute commands. Use run cmd { ... } (or run sh { ... }) instead.'],
    ['log 5', 'Invalid log syntax. Expected: log "text", log `template` or log @variable'],
    ['show `abc', 'Unclosed backtick template in show directive. Expected closing backtick (`).'],
  ])('refuse %s', (source, message) => {
    expect(errors(source)).toMatchObject([{ message }]);
  });
});

describe('output and append (language.md 10.5)', () => {
  // biome-ignore lint/suspicious/noExplicitAny: targets of every kind
  const target = (source: string): any => statement(source).target;

  it.each([
    ['output @x to "f@y\\.txt"', 'file', 'f{@y}.txt'],
    ['output @x "f.txt"', 'file', 'f.txt'],
    ['output @x to data.json', 'file', 'data.json'],
    ['output @x to @root/out/f.txt', 'file', '{@root}/out/f.txt'],
    ['output @x to data-@n\\.json', 'file', 'data-{@n}.json'],
    ['output @x to state://a/k', 'state', 'a/k'],
    ['output @x to npm:registry/@my/c as json', 'resolver', 'npm:registry/@my/c'],
    ['append @x to "f.jsonl"', 'file', 'f.jsonl'],
    ['append "x" "f.txt"', 'file', 'f.txt'],
  ])('%s', (source, kind, path) => {
    expect(target(source).kind).toBe(kind);
    expect(sketch(target(source).path.parts)).toBe(path);
    expect(statement(source).value).not.toBeNull();
  });

  it('write to streams, the environment and variables', () => {
    expect(target('output @x to stdout')).toEqual({ kind: 'stdout' });
    expect(target('output `t` to stderr')).toEqual({ kind: 'stderr' });
    expect(target('output @x to env')).toEqual({ kind: 'env', name: null });
    expect(target('output @x to env:NAME')).toEqual({ kind: 'env', name: 'NAME' });
    expect(target('output @x to @path')).toEqual({ kind: 'file', path: ref('path') });
  });

  it.each(['output "d.md"', 'output to "d.md"'])('%s writes the document', (source) => {
    expect(statement(source)).toMatchObject({ value: null, target: { kind: 'file' } });
  });

  it.each([
    ['output @f("a") "f.txt"', 'Reference'],
    ['output @x.y | @json to stdout', 'Pipeline'],
    ['output { a: 1 } to "f"', 'ObjectLiteral'],
    ['output ::t @x:: to "f"', 'Template'],
  ])('%s has a source', (source, type) => {
    expect(statement(source).value.type).toBe(type);
  });

  it('have a format and options', () => {
    expect(statement('output @x to "f" as yaml with { guards: false }')).toMatchObject({
      format: 'yaml',
      with: { entries: [{}] },
    });
  });

  it.each([
    ['output 5 to "f"', 'output-syntax'],
    ['output', 'output-syntax'],
    ['append @x', 'append-syntax'],
  ])('refuse %s', (source, code) => {
    expect(errors(source)[0]?.code).toBe(code);
  });
});

describe('file, files, stream, bail, checkpoint', () => {
  it('file writes a value', () => {
    expect(statement('file "a/@x.txt" = @f() | @upper')).toMatchObject({
      path: { parts: [{}, {}] },
      value: { type: 'Pipeline' },
    });
    expect(inBlock('file "x.txt" = "hello"').type).toBe('FileStatement');
  });

  it('files fill a directory, a workspace, or a repository', () => {
    expect(statement('files "dir/" = [ { "a.md": @x, desc: "d" } ]')).toMatchObject({
      target: { kind: 'directory' },
      git: null,
    });
    expect(statement('files <@ws/> = [{ "a": 1 }]')).toMatchObject({
      target: { kind: 'resolver', name: 'ws', rest: '' },
    });
    expect(statement('files <@ws/sub/> = git "https://x/y" auth:@t branch:"main" depth:1')).toMatchObject({
      target: { rest: 'sub/' },
      value: null,
      git: { options: { members: [{ key: 'auth' }, { key: 'branch' }, { key: 'depth' }] } },
    });
  });

  it('stream runs what it is given', () => {
    expect(statement('stream @f("1")')).toMatchObject({ type: 'StreamStatement', value: { name: 'f' } });
  });

  it.each([
    ['bail', null],
    ['bail "x @y"', 'Template'],
    ['bail @v', 'Reference'],
  ])('%s', (source, type) => {
    expect(statement(source).message?.type ?? null).toBe(type);
  });

  it('checkpoint has a name and options', () => {
    expect(statement('checkpoint "c" with { resume: true, ttl: 5m, complete: @x }')).toMatchObject({
      name: { type: 'Template' },
      with: { entries: [{ key: 'resume' }, { key: 'ttl', value: { value: '5m' } }, { key: 'complete' }] },
    });
    expect(statement('checkpoint @name').name).toEqual(ref('name'));
  });
});
