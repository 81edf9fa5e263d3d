import { describe, expect, it } from 'vitest';
import { parse } from '../../../compiler/parse/index.js';
import { errors } from './helpers.js';

describe('after a syntax error', () => {
  it('parsing goes on at the next directive of a strict script', () => {
    const source = [
      'var @a = [1, 2',
      'show @a',
      'This is prose',
      'and more of it',
      'exe @f() = 42',
      '  indented junk',
      'if @a [',
      '  var @b = 1',
      '  show "inside"',
      ']',
      'run cmd { a && b }',
      '/show "fine"',
      '@f(1 2)',
      'show "end"',
    ].join('\n');
    expect(errors(source).map((e) => e.code)).toEqual([
      'unclosed-array',
      'strict-text',
      'exe-syntax',
      'var-in-block',
      'cmd-and',
      'call-closer',
    ]);
    expect(parse(source, 'a.mld').ast).toMatchObject({
      body: [{ type: 'ShowStatement' }, { type: 'ShowStatement' }, { type: 'ShowStatement' }],
    });
  });

  it('parsing goes on at the next slash of a markdown script', () => {
    const source = 'Text\n/var x = 1\nshow me the text\n/show "a" "b"\n\n/show "ok"\n/for @x @y\n';
    expect(errors(source, 'markdown').map((e) => e.code)).toEqual(['var-syntax', 'show-several', 'for-syntax']);
  });

  it('parsing goes on inside a fence that runs', () => {
    const source = '```mlld-run\nvar x = 1\nshow @y\n```\n\nshow me\n/var z = 2\n';
    expect(errors(source, 'markdown').map((e) => e.code)).toEqual(['var-syntax', 'var-syntax']);
  });

  it('an indented directive is taken for the body of what failed', () => {
    expect(errors('when @x [\n  show "a"\n  show "b"\n]\nshow "c"')).toHaveLength(1);
  });

  it('templates report one error', () => {
    const { ast, diagnostics } = parse('/for @x in @y\nno end', 'a.att');
    expect(ast).toBeNull();
    expect(diagnostics).toMatchObject([
      { code: 'template-for-end', name: 'MlldParse', severity: 'error', file: 'a.att' },
    ]);
  });
});

describe('a diagnostic', () => {
  it('has the message, the place, a hint and the file', () => {
    const [diagnostic] = parse('show "ok"\nvar @a = [1, 2, 3', 'dir/a.mld').diagnostics;
    expect(diagnostic).toEqual({
      severity: 'error',
      code: 'unclosed-array',
      name: 'MlldParse',
      message: "Unclosed array in var directive. Expected ']' to close the array.",
      file: 'dir/a.mld',
      span: { start: 19, end: 20 },
      hint: expect.any(String),
    });
  });

  it.each([
    'var @x = [1, 2\nshow @x',
    'show @a > 3',
    'exe @f() = [ junk ]',
    'for @x @y',
    'import { a } form "b"',
    'run cmd { a > b }',
    'show',
  ])('of %j never lists what the grammar would accept', (source) => {
    for (const { message, hint } of errors(source)) {
      expect(`${message} ${hint}`).not.toMatch(/\[[^\]\s]-[^\]\s]|any character|end of input|undefined|%/);
      expect(hint).not.toBe('');
    }
  });
});
