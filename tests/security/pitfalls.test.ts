/**
 * Holes the reference once had, by their numbers in its catalogue, each as a program that runs: those
 * that are about the language. Where the others are tested, with the commands they are about, says
 * catalogue.ts.
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
      '12: a tier that an allow list does not cover',
      'policy @p = { allow: { cmd: ["git"] } }\nwants [ { tier: "REACHED", sh } ]\nshow @mx.policy.tier',
      {},
      'No permitted tier found',
    ],
    [
      '12: a tier that is granted grants nothing',
      'policy @p = { deny: { cmd: ["touch"] } }\nwants [ { tier: "t" } ]\nrun cmd { touch REACHED }',
      {},
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

  test.each([
    ['an allow list without them', 'allow: { cmd: ["git"] }'],
    ['an allow list that says no', 'allow: { sh: false, cmd: ["git"] }'],
    ['a single denied command', 'deny: { cmd: ["rm"] }'],
    ['a denied capability', 'deny: { sh: true }'],
  ])('pitfall 12: tiers obey %s', async (_, policy) => {
    const wants = 'wants [ { tier: "full", sh, cmd: [rm, git] }, { tier: "less", cmd: [git] } ]\nshow @mx.policy.tier';
    expect((await run(`policy @p = { ${policy} }\n${wants}`)).stdout).toBe('less\n');
    expect((await run(wants)).stdout).toBe('full\n');
  });

  test.each([
    ['NODE_ENV', 'test'],
    ['VITEST', 'true'],
    ['CI', 'true'],
    ['MLLD_TEST', 'true'],
  ])('pitfall 31: nothing is off because of %s', async (name, value) => {
    const env = { [name]: value };
    for (const [program, message] of [
      ['needs { cmd: [no-such-program] }\nshow "REACHED"', 'Module requires capabilities not available'],
      [`${DENY}show "REACHED"`, 'Guard blocked operation'],
      ['policy @p = { deny: { cmd: ["echo"] } }\nrun cmd { echo REACHED }', 'denied by policy'],
    ]) {
      const { code, stdout, stderr } = await mlldc(['run', 'main.mld'], {
        cwd: project({ 'main.mld': program! }),
        env,
      });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(message);
    }
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
