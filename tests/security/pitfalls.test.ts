/**
 * Holes the reference once had, by their numbers in its catalogue, each as a program that runs: those
 * that are about the language. Tools that are served (1 to 4), keychains (5 to 7, 19, 28), captures
 * (14, 26, 30) and environments (15 to 18, 29) are tested with their commands under tests/cli.
 */

import { describe, expect, test } from 'vitest';
import { mlldc } from '../cli/harness.js';
import { project } from './project.js';

function run(program: string, files: Record<string, string> = {}) {
  return mlldc(['run', 'main.mld'], { cwd: project({ ...files, 'main.mld': program }) });
}

const DENY = 'guard before op:show = when [ * => deny "no" ]\n';
const LOCKED = { 'mlld-config.json': '{"security":{"allowGuardBypass":false}}' };
const POLICY = { 'p.mld': 'var @p = { deny: { cmd: ["touch"] } }\nexport { @p }\n' };

describe('a refusal ends the run, whatever tries to get around it', () => {
  test.each<[string, string, Record<string, string>, string]>([
    ['8: only', `${DENY}show "REACHED" with { guards: { only: [] } }`, LOCKED, 'Guard bypass disabled'],
    ['8: except', `${DENY}show "REACHED" with { guards: { except: [] } }`, LOCKED, 'Guard bypass disabled'],
    [
      '9: after-guards',
      'guard after op:exe = when [ * => deny "no" ]\nexe @f() = `REACHED`\nshow @f() with { guards: false }',
      LOCKED,
      'Guard bypass disabled',
    ],
    [
      '10: a word for false',
      `${DENY}show "REACHED" with { guards: false }`,
      { 'mlld-config.json': '{"security":{"allowGuardBypass":"false"}}' },
      '',
    ],
    [
      '10: a broken configuration',
      `${DENY}show "REACHED" with { guards: false }`,
      { 'mlld-config.json': '{"security":' },
      '',
    ],
    [
      '11: an imported policy',
      'import policy @p from "./p.mld"\nrun cmd { touch REACHED }',
      POLICY,
      'denied by policy',
    ],
    [
      '13: a shell in a command',
      'policy @p = { deny: { sh: true } }\nrun cmd { sh -c "echo REACHED" }',
      {},
      'denied by policy',
    ],
    [
      '13: another shell behind a wrapper',
      'policy @p = { deny: { sh: true } }\nrun cmd { env X=1 dash -c "echo REACHED" }',
      {},
      'denied by policy',
    ],
    [
      '13: a command by interpolation',
      'policy @p = { deny: { cmd: ["touch"] } }\nvar @c = "touch"\nrun cmd { @c REACHED }',
      {},
      'denied by policy',
    ],
    [
      '13: a command in a script',
      'policy @p = { deny: { cmd: ["touch"] } }\nrun sh { true && touch REACHED }',
      {},
      'denied by policy',
    ],
    [
      '22: a when',
      'policy @p = { deny: { cmd: ["touch"] } }\nvar @r = when [\n  true => run cmd { touch REACHED }\n  * => "x"\n]\nshow "REACHED"',
      {},
      'denied by policy',
    ],
  ])('pitfall %s', async (_, program, files, message) => {
    const { code, stdout, stderr } = await run(program, files);
    expect(code).not.toBe(0);
    expect(stdout).not.toContain('REACHED');
    expect(stdout + stderr).toContain(message);
  });

  test('pitfall 20: a secret is in no text of a refusal', async () => {
    const { code, stdout, stderr } = await run(
      'var secret @s = "hunter2"\nguard before secret = when [ * => deny "no" ]\nexe @f(x) = `@x`\nshow @f(@s)',
    );
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  test('pitfall 23: guards of a module imported twice run once', async () => {
    const files = {
      'g.mld':
        'guard @g before op:show = when [ * => allow `@input again` ]\nexe @f() = `f`\nexe @h() = `h`\nexport { @f, @h, @g }\n',
      'a.mld': 'import { @f } from "./g.mld"\nexe @a() = @f()\nexport { @a }\n',
    };
    const { stdout } = await run('import { @a } from "./a.mld"\nimport { @h } from "./g.mld"\nshow "once"', files);
    expect(stdout.match(/again/g)).toEqual(['again']);
  });

  test('pitfall 24: a collection of tools is no operation on its functions', async () => {
    const { code, stdout } = await run(
      'guard before destructive = when [ * => deny "no" ]\nexe destructive @wipe(x) = `wiped`\nvar tools @t = { wipe: { mlld: @wipe } }\nshow "defined"',
    );
    expect([code, stdout.trim()]).toEqual([0, 'defined']);
  });

  test('pitfall 25: after-guards see provenance', async () => {
    const { code, stderr } = await run(
      'guard after @f = when [\n  @output.mx.taint.includes("src:js") && @mx.taint.includes("src:js") => deny "seen"\n]\nexe @f() = js { return 1 }\nshow @f()',
    );
    expect(code).toBe(1);
    expect(stderr).toContain('seen');
  });
});

describe('pitfall 21: labels are not lost', () => {
  const WAYS: Record<string, string> = {
    'template binding': 'var @r = `t @s`',
    'inline objects': 'exe @f(x) = js { return x.k }\nvar @r = @f({ k: @s })',
    'inline arrays': 'exe @f(x) = js { return x[0] }\nvar @r = @f([@s])',
    'properties of primitives': 'var @r = @s.length',
    ternaries: 'var @r = @s == "sss" ? "y" : "n"',
    '??': 'var @r = @s ?? "x"',
    spread: 'var @o = { k: @s }\nvar @q = { ...@o }\nvar @r = @q.k',
    when: 'var @r = when [ @s == "q" => "1"; * => "2" ]',
    for: 'var @r = for @i in ["x"] => `@i @s`',
    'nested calls': 'exe @f(x) = `@x`\nexe @g(x) = [ => @f(@x) ]\nvar @r = @g(@s)',
    'fields as arguments': 'var @o = { k: @s }\nexe @f(x) = `@x`\nvar @r = @f(@o.k)',
    pipelines: 'exe @f(x) = js { return 1 }\nvar @r = @s | @f | @trim',
    'methods of collections': 'var @l = [@s, "x"]\nvar @r = @l.join("-")',
  };
  test.each(Object.keys(WAYS))('through %s', async (way) => {
    const { stdout } = await run(`var secret @s = "sss"\n${WAYS[way]}\nshow @r.mx.labels.includes("secret")`);
    expect(stdout.trim()).toBe('true');
  });
});
