import { describe, expect, it } from 'vitest';
import { compile } from '../../../index.js';

const problems = (source: string) =>
  compile({ source, file: 'a.mld' }).diagnostics.map(({ severity, code, span }) => [
    severity,
    code,
    source.slice(span?.start, span?.end),
  ]);

describe('keys of with { … } that nothing reads are errors', () => {
  it.each([
    ['directives', 'show "a" with { gaurds: false }', 'gaurds: false'],
    ['calls', 'exe @f() = `x`\nvar @r = @f() with { polcy: 1 }', 'polcy: 1'],
    ['commands', 'run cmd { ls } with { stdn: "x" }', 'stdn: "x"'],
    ['definitions', 'exe @f() = `x` with { desciption: "x" }', 'desciption: "x"'],
    ['foreach', 'exe @f(x) = `@x`\nshow foreach @f(["a"]) with { seperator: "-" }', 'seperator: "-"'],
    ['boxes', 'box with { mcps: [] } [\n  show "a"\n]', 'mcps: []'],
    ['checkpoints', 'checkpoint "a" with { tll: "1h" }', 'tll: "1h"'],
    ['guards', 'guard before op:show = when [ * => allow ] with { priviledged: true }', 'priviledged: true'],
    ['actions of guards', 'guard before op:show = when [ * => allow with { addLabel: ["x"] } ]', 'addLabel: ["x"]'],
    ['overrides', 'show "a" with { guards: { onyl: [@g] } }', 'onyl: [@g]'],
  ])('of %s', (_, source, entry) => {
    expect(problems(source)).toEqual([['error', 'with_key', entry]]);
  });

  it('names what was probably meant, and what there is', () => {
    const [problem] = compile({ source: 'checkpoint "a" with { resum: "auto" }', file: 'a.mld' }).diagnostics;
    expect(problem?.message).toBe("Unknown key 'resum' in this with clause. Did you mean 'resume'?");
    expect(problem?.hint).toContain('resume, ttl, complete');
  });

  it('leaves those that are read', () => {
    expect(
      problems(
        'exe @f(x) = `@x` with { description: "d" }\nvar @l = ["a"]\nshow foreach @f(@l) with { separator: "-", template: "{{result}}" }\nrun cmd { cat } with { stdin: "x" }',
      ),
    ).toEqual([]);
  });
});

describe('no data decides which guards an operation passes by', () => {
  it.each([
    ['a variable', '@v'],
    ['a field', '@v.x'],
    ['a list', '{ only: @v }'],
    ['a text with a field in it', '{ only: ["@v.x"] }'],
    ['a condition', '@v ? false : { only: [] }'],
    ['a spread', '{ ...@v }'],
  ])('%s', (_, override) => {
    expect(problems(`var @v = { x: false }\nshow "a" with { guards: ${override} }`)).toEqual([
      ['error', 'guards_from_data', `guards: ${override}`],
    ]);
  });

  it.each(['false', '{ only: ["@g"] }', '{ except: [@g] }', 'only(@g)', 'except(@g)', '{ only: [] }'])(
    '%s is written out',
    (override) => expect(problems(`show "a" with { guards: ${override} }`)).toEqual([]),
  );
});
