import { describe, expect, it } from 'vitest';
import { double, errors, inBlock, literal, ref, statement, value } from './helpers.js';

// biome-ignore lint/suspicious/noExplicitAny: stages of every kind
const stages = (source: string): any[] => value(source).stages;

describe('stages (language.md 8.1, 8.5)', () => {
  it.each([
    ['@x | @f', { kind: 'call', ref: ref('f') }],
    ['@x | @o.f(1, "a")', { kind: 'call', ref: { name: 'o' } }],
    ['@x | cmd { cat }', { kind: 'command' }],
    ['@x | while(3) @f', { kind: 'while', limit: literal(3), delay: null, ref: ref('f') }],
    ['@x | while (3, 1s) @f', { kind: 'while', delay: '1s' }],
    ['@x | show', { kind: 'effect', effect: { type: 'ShowStatement', value: null } }],
    ['@x | /show', { kind: 'effect', effect: { type: 'ShowStatement', value: null } }],
    ['@x | show "a"', { kind: 'effect', effect: { value: double('a') } }],
    ['@x | log "m"', { kind: 'effect', effect: { type: 'LogStatement' } }],
    [
      '@x | output to "f"',
      { kind: 'effect', effect: { type: 'OutputStatement', value: null, target: { kind: 'file' } } },
    ],
    ['@x | output @v to stdout', { kind: 'effect', effect: { value: ref('v'), target: { kind: 'stdout' } } }],
    ['@x | append "f"', { kind: 'effect', effect: { type: 'AppendStatement', value: null, target: { kind: 'file' } } }],
    ['@x | append @v to "f"', { kind: 'effect', effect: { value: ref('v') } }],
    ['@x | @a || @b', { kind: 'parallel', stages: [{ kind: 'call' }, { kind: 'call' }], limit: null }],
    ['@x | @a || @b (2, 1s)', { kind: 'parallel', limit: literal(2), delay: '1s' }],
  ])('%s', (source, expected) => {
    expect(stages(source)).toMatchObject([expected]);
  });

  it('follow each other, on one line or several', () => {
    expect(stages('@x | @a || @b | @c | show | @d')).toHaveLength(4);
    expect(stages('<f.md>|@a|@b')).toHaveLength(2);
    expect(stages('"V"\n  | @a("0")\n\n  | @b \n  | show\n  | @c')).toHaveLength(4);
  });

  it('of an effect do not swallow the next stage', () => {
    expect(stages('@x | show "a" | @f').map((stage) => stage.kind)).toEqual(['effect', 'call']);
  });

  it('bind weaker than operators', () => {
    expect(value('@a ?? "x" | @f')).toMatchObject({ type: 'Pipeline', source: { operator: '??' } });
    expect(value('@c ? @a : (@b | @f)')).toMatchObject({ type: 'TernaryExpression', alternate: { type: 'Pipeline' } });
  });

  it.each([
    ['"t" | json', 'pipeline-at-prefix', 'json'],
    ['@x |', 'stage-expected', ''],
    ['@x | { cat }', 'bare-braces', '{'],
  ])('refuse %s', (source, code, at) => {
    expect(errors(`var @x = ${source}`)).toMatchObject([{ code, at }]);
  });

  it('want their @', () => {
    expect(errors('var @x = "t" | json')[0]?.message).toBe(
      'Pipeline filters require the @ prefix. Found: | json. Did you mean: | @json',
    );
  });
});

describe('with (language.md 8.1, 8.4, security.md 3.6)', () => {
  it('lists stages and groups', () => {
    expect(
      stages('@x with { pipeline: [[@a, @b], @c(1), show @mx.input, output to "f"] }').map((stage) => stage.kind),
    ).toEqual(['parallel', 'call', 'effect', 'effect']);
  });

  it('may stand before stages', () => {
    expect(stages('@x with { pipeline: [show] } | @b').map((stage) => stage.kind)).toEqual(['effect', 'call']);
  });

  it('ends stages, and adds none to them', () => {
    expect(statement('show @x | @a with { pipeline: [show] }')).toMatchObject({
      value: { type: 'Pipeline', stages: [{ kind: 'call' }] },
      with: { entries: [{ key: 'pipeline' }] },
    });
    expect(errors('show @x | @a with { format: "json" } | @b')).toMatchObject([{ code: 'strict-leftover' }]);
  });

  it('keeps its other entries', () => {
    expect(value('@x with { format: "json", pipeline: [@f], parallel: 2, delay: "1s" }').with.entries).toMatchObject([
      { key: 'format' },
      { key: 'parallel', value: literal(2) },
      { key: 'delay', value: double('1s') },
    ]);
    expect(value('@f() with { guards: false }')).toMatchObject({ type: 'Pipeline', source: { name: 'f' }, stages: [] });
  });

  it.each([
    ['false', literal(false)],
    ['{ only: ["@a"] }', { type: 'ObjectLiteral' }],
    ['only(@a)', { members: [{ key: 'only', value: { elements: [{ value: literal('@a') }] } }] }],
    [
      'except(@a, @b)',
      { members: [{ key: 'except', value: { elements: [{ value: literal('@a') }, { value: literal('@b') }] } }] },
    ],
  ])('chooses guards: %s', (source, expected) => {
    expect(statement(`show "a" with { guards: ${source} }`).with.entries).toMatchObject([
      { key: 'guards', value: expected },
    ]);
  });

  it('is closed', () => {
    expect(errors('show @x with { guards: false')[0]?.code).toBe('unclosed-with');
  });
});

describe('groups as sources (language.md 8.4)', () => {
  it('start with bars', () => {
    expect(value('|| @a() || @b() | @c')).toMatchObject({
      type: 'Pipeline',
      source: { type: 'ParallelGroup', members: [{}, {}] },
      stages: [{}],
    });
    expect(inBlock('run || @a() || @b()').value.type).toBe('ParallelGroup');
  });
});
