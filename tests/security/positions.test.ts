/**
 * Policies hold in every position a script can put an operation in (security.md 5, leaks 12 to 18):
 * the same refusal for a directive, a right-hand side, a body, a stage, an argument, a template.
 */

import { describe, expect, test } from 'vitest';
import { warm } from '../cli/warm.js';
import { project } from './project.js';

async function refused(program: string, files: Record<string, string> = {}): Promise<string> {
  const cwd = project({ ...files, 'main.mld': program });
  const { code, stdout, stderr } = await warm(['run', 'main.mld'], { cwd });
  expect(stdout).not.toContain('REACHED');
  expect({ code, stderr }).toMatchObject({ code: 1 });
  return stderr;
}

const DENY = 'policy @p = { deny: { sh: true, js: true, node: true, py: true, cmd: ["ls"] } }\n';

describe('denied capabilities', () => {
  test.concurrent.each([
    ['a directive', 'run cmd { ls }'],
    ['a right-hand side', 'var @x = cmd { ls }'],
    ['an absolute path', 'run cmd { /bin/ls }'],
    ['a wrapper', 'run cmd { env X=1 ls }'],
    ['an interpolated command', 'var @c = "ls"\nrun cmd { @c }'],
    ['a block body', 'exe @f() = [ let @a = cmd { ls }\n => @a ]\nshow @f()'],
    ['a command body', 'exe @f() = cmd { ls }\nshow @f()'],
    ['a stage', 'exe @f(x) = cmd { ls }\nshow "a" | @f'],
    ['an inline argument', 'exe @f() = cmd { ls }\nexe @id(x) = `@x`\nshow @id(@f())'],
    ['a template', 'exe @f() = cmd { ls }\nshow `REACHED @f()`'],
    ['an arm of when', 'var @w = when [ true => cmd { ls }; * => "REACHED" ]\nshow @w'],
    ['for parallel', 'var @l = for parallel @i in [1, 2] => cmd { ls }\nshow "REACHED"'],
    ['sh as a directive', 'run sh { echo REACHED }'],
    ['sh on the right-hand side', 'var @x = sh { echo REACHED }\nshow @x'],
    ['sh in a body', 'exe @f() = sh { echo REACHED }\nshow @f()'],
    ['js on the right-hand side', 'var @x = js { return "REACHED" }\nshow @x'],
    ['js in a body', 'exe @f() = js { return "REACHED" }\nshow @f()'],
    ['js as a stage', 'var @x = "a" | js { return "REACHED" }\nshow @x'],
    ['node', 'var @x = node { return "REACHED" }\nshow @x'],
    ['py', 'var @x = py { print("REACHED") }\nshow @x'],
  ])('%s', async (_position, program) => {
    expect(await refused(DENY + program)).toContain('denied by policy');
  });

  test('in an imported module', async () => {
    const lib = 'exe @f() = cmd { ls }\nexport { @f }\n';
    expect(await refused(`${DENY}import { @f } from "./lib.mld"\nshow @f()`, { 'lib.mld': lib })).toContain(
      "Command 'ls' denied by policy",
    );
  });

  const CLAUSE =
    'with { policy: { deny: { cmd: ["ls"], sh: true, js: true, node: true, py: true }, allow: ["cmd:*", "sh"] } }';

  test.concurrent.each([
    ['a call that is shown', `exe @f() = cmd { ls }\nshow @f() ${CLAUSE}`],
    ['a bare call', `exe @f() = sh { echo REACHED }\n@f() ${CLAUSE}`],
    ['a call on the right-hand side', `exe @f() = js { return 1 }\nvar @x = @f() ${CLAUSE}\nshow "REACHED"`],
    ['calls below it', `exe @f() = node { return 1 }\nexe @g() = [ => @f() ]\nvar @x = @g() ${CLAUSE}\nshow "REACHED"`],
    ['a returned call', `exe @f() = py { print(1) }\nexe @g() = [ => @f() ${CLAUSE} ]\nvar @x = @g()\nshow "REACHED"`],
    ['a stage', `exe @f(x) = cmd { ls }\nvar @x = "a" | @f ${CLAUSE}\nshow "REACHED"`],
    ['run', `run cmd { ls } ${CLAUSE}`],
    ['a file that is read', `exe @f() = <main.mld>\nvar @x = @f() ${CLAUSE}\nshow "REACHED"`],
    ['an output', `output "x" to "REACHED.txt" ${CLAUSE}`],
    ['the body of for', `exe @f() = cmd { ls }\nfor @i in [1] => show @f() ${CLAUSE}`],
    ['a definition of a command', `exe @f() = cmd { ls } ${CLAUSE}\nshow @f()`],
    ['a definition of code', `exe @f() = js { return 1 } ${CLAUSE}\nvar @x = @f()\nshow "REACHED"`],
    ['a definition of a block', `exe @f() = [ => <main.mld> ] ${CLAUSE}\nvar @x = @f()\nshow "REACHED"`],
    ['a definition that is a stage', `exe @f(x) = cmd { ls } ${CLAUSE}\nvar @x = "a" | @f\nshow "REACHED"`],
    ['a definition whose calls are below it', `exe @f() = sh { ls }\nexe @g() = [ => @f() ] ${CLAUSE}\nvar @x = @g()`],
    ['a definition, for files', `exe @f() = [\n files "d/" = [{ "REACHED.txt": "x" }]\n => 1\n] ${CLAUSE}\nshow @f()`],
  ])('by the clause of %s', async (_position, program) => {
    expect(await refused(program)).toContain('denied by policy');
  });

  test('labels that a definition forbids do not reach its call', async () => {
    const clause = 'with { policy: { labels: { secret: { deny: ["exfil"] } } } }';
    expect(await refused(`exe exfil @f(x) = \`REACHED\` ${clause}\nvar secret @s = "key"\nshow @f(@s)`)).toContain(
      "Label 'secret' cannot flow to 'exfil'",
    );
  });

  test('a clause only adds, and ends with its call', async () => {
    const cwd = project({
      'main.mld': `exe @f() = cmd { echo one }\nshow @f() with { policy: { allow: ["cmd:echo"] } }\nrun cmd { printf two }\n`,
    });
    expect(await warm(['run', 'main.mld'], { cwd })).toMatchObject({ code: 0, stdout: 'one\ntwo\n' });
    expect(await refused(`${DENY}exe @f() = cmd { ls }\nshow @f() with { policy: { allow: ["cmd:ls"] } }`)).toContain(
      "Command 'ls' denied by policy",
    );
    expect(await refused('exe @f() = `REACHED` with { policy: 5 }')).toContain('is not a policy configuration');
    expect(await refused('exe @f() = `REACHED`\nshow @f() with { policy: { alow: ["cmd:ls"] } }')).toContain(
      "Did you mean 'allow'?",
    );
  });

  test('by an imported policy', async () => {
    const lib = 'policy @p = { deny: { cmd: ["ls"] } }\nexport { @p }\n';
    expect(await refused('import policy @p from "./lib.mld"\nrun cmd { ls }', { 'lib.mld': lib })).toContain(
      "Command 'ls' denied by policy",
    );
  });
});

describe('whole policies', () => {
  test.concurrent.each([
    [
      'an allow list refuses shells',
      'policy @p = { allow: { cmd: ["echo"] } }\nrun sh { echo REACHED }',
      'denied by policy',
    ],
    [
      'an allow list refuses code',
      'policy @p = { allow: { cmd: ["echo"] } }\nvar @x = js { return "REACHED" }\nshow @x',
      'JavaScript access denied by policy',
    ],
    [
      'an allow list refuses loads',
      'policy @p = { allow: { cmd: ["echo"] } }\nvar @x = <mlld-config.json>',
      'Filesystem read denied by policy',
    ],
    [
      'deny: true',
      'policy @p = { deny: true }\nvar @x = js { return "REACHED" }\nshow @x',
      'All operations denied by policy',
    ],
    ['default: "deny"', 'policy @p = { default: "deny" }\nrun cmd { echo REACHED }', 'denied by policy'],
    ['an unknown key', 'policy @p = { zork: 1 }\nshow "REACHED"', "Unknown policy key 'zork'"],
    [
      'an unknown rule',
      'policy @p = { defaults: { rules: ["no-secret-exfill"] } }\nshow "REACHED"',
      "Did you mean 'no-secret-exfil'?",
    ],
  ])('%s', async (_what, program, message) => {
    const text = await refused(program);
    expect(text).toContain(message);
    expect(text).toMatch(/main\.mld:\d+:\d+/);
  });
});

const FLOW =
  'policy @p = { defaults: { rules: ["no-secret-exfil"] } }\nvar secret @s = "zzz"\nexe exfil @out(x) = `o @x`\nexe @id(x) = `@x`\n';

describe('label flows', () => {
  test.concurrent.each([
    ['a variable', '@out(@s)'],
    ['a template (leak 18)', '@out(`t @s`)'],
    ['a string (leak 18)', '@out("d @s")'],
    ['a ternary (leak 18)', '@out(true ? @s : "n")'],
    ['a default (leak 18)', '@out(@s ?? "n")'],
    ['a logical operator', '@out(@s && "x")'],
    ['an object', '@out({a: @s})'],
    ['an array', '@out([@s])'],
    ['a nested call', '@out(@id(@s))'],
    ['the input of a stage (leak 14)', '@s | @out'],
    ['an argument of a stage', '"x" | @out(@s)'],
    ['foreach', 'foreach @out([@s])'],
    ['a parallel group', '|| @out(@s) || @id("x")'],
    ['for parallel', 'for parallel @i in [1] => @out(@s)'],
    ['an arm of when', 'when [ true => @out(@s); * => 1 ]'],
  ])('%s', async (_position, expression) => {
    const text = await refused(`${FLOW}var @r = ${expression}\nshow \`REACHED @r\``);
    expect(text).toContain("Rule 'no-secret-exfil': label 'secret' cannot flow to 'exfil'");
    expect(text).not.toContain('zzz\n\n');
  });

  test.concurrent.each([
    ['a body that reads an outer variable (leak 18)', 'exe exfil @f() = [ => `REACHED @s` ]\nshow @f()'],
    ['a template that reads one', 'exe exfil @f() = `REACHED @s`\nshow @f()'],
    [
      'a body that reads one through a call',
      'exe @get() = `@s`\nexe exfil @f() = [ let @k = @get()\n => "REACHED" ]\nshow @f()',
    ],
    [
      'a body that reads an object nobody has used yet',
      'var @o = { k: @s }\nexe exfil @f() = [ => `REACHED @o.k` ]\nshow @f()',
    ],
    [
      'a command inside that got it from a file',
      'output @s to "k.txt"\nexe exfil @f() = [ let @k = <k.txt>\n run cmd { echo "REACHED @k" } ]\n@f()',
    ],
    [
      'a command of a function inside that is given what came up',
      'exe secret @get() = `zzz`\nexe @echo(x) = cmd { echo "REACHED @x" }\nexe @pass(x) = [ => @echo(@x) ]\nexe exfil @f() = [ let @k = @get()\n => @pass(@k) ]\nshow @f()',
    ],
  ])('%s', async (_position, program) => {
    expect(await refused(FLOW + program)).toContain("label 'secret' cannot flow to 'exfil'");
  });

  test('an operation without inputs is guarded by its label (leak 12)', async () => {
    expect(
      await refused(
        'guard before destructive = when [ * => deny "no" ]\nexe destructive @wipe() = `REACHED`\nshow @wipe()',
      ),
    ).toContain('Guard blocked operation: no');
  });

  test.concurrent.each([
    'cmd { echo REACHED }',
    'sh { echo REACHED }',
    'js { return "REACHED" }',
    'run cmd { echo REACHED }',
  ])('guards on op:run see %s on a right-hand side (leak 15)', async (code) => {
    expect(await refused(`guard before op:run = when [ * => deny "no" ]\nvar @r = ${code}\nshow @r`)).toContain(
      'Guard blocked operation: no',
    );
  });

  test('a guard on op:cmd:git sees the interpolated command', async () => {
    expect(
      await refused(
        'guard before op:cmd:git = when [ * => deny "no" ]\nvar @g = "git"\nexe @f(x) = cmd { @x status }\nshow @f(@g)',
      ),
    ).toContain('Guard blocked operation: no');
  });

  test('a guard on src:file sees loads (leak 13)', async () => {
    expect(
      await refused('guard before src:file = when [ * => deny "no" ]\nvar @x = <mlld-config.json>\nshow @x'),
    ).toContain('Guard blocked operation: no');
  });

  test('a redaction of a command is what runs', async () => {
    const cwd = project({
      'main.mld':
        'var secret @s = "zzz"\nguard before op:cmd = when [ * => allow "echo clean" ]\nrun cmd { echo "@s" }',
    });
    const { stdout } = await warm(['run', 'main.mld'], { cwd });
    expect(stdout).toBe('clean\n');
  });
});

describe('overrides', () => {
  const OFF = JSON.stringify({ security: { allowGuardBypass: false } });
  const GUARD = 'guard @g before op:run = when [ * => deny "no" ]\nexe @f() = cmd { echo REACHED }\n';

  test.concurrent.each([
    ['show', 'show "REACHED" with { guards: false }'],
    ['run', 'run cmd { echo REACHED } with { guards: false }'],
    ['only', 'run cmd { echo REACHED } with { guards: { only: ["@g"] } }'],
    ['except', 'run cmd { echo REACHED } with { guards: { except: ["@g"] } }'],
    ['a call', 'show @f() with { guards: false }'],
    ['var', 'var @x = @f() with { guards: false }\nshow @x'],
    ['run on the right-hand side', 'var @x = run cmd { echo REACHED } with { guards: false }\nshow @x'],
    ['output', 'output "REACHED" to stdout with { guards: false }'],
    ['log', 'log "REACHED" with { guards: false }'],
    ['append', 'append "REACHED" to "a.txt" with { guards: false }'],
  ])('are refused on %s where the project forbids them', async (_where, program) => {
    const text = await refused(`exe @f() = \`REACHED\`\n${program}`, { 'mlld-config.json': OFF });
    expect(text).toContain('Guard bypass disabled by security config');
  });

  test('a configuration that cannot be read refuses everything', async () => {
    await refused('show "REACHED"', { 'mlld-config.json': '{' });
    await refused('show "REACHED" with { guards: false }', {
      'mlld-config.json': '{"security":{"allowGuardBypass":"false"}}',
    });
  });

  test('never lift policies or privileged guards', async () => {
    await refused(`${DENY}run cmd { ls } with { guards: false }`);
    await refused(
      'guard privileged @g before op:run = when [ * => deny "no" ]\nrun cmd { echo REACHED } with { guards: false }',
    );
  });

  test('lift the guards of a value', async () => {
    const cwd = project({ 'main.mld': `${GUARD}var @x = @f() with { guards: false }\nshow @x` });
    expect((await warm(['run', 'main.mld'], { cwd })).stdout).toBe('REACHED\n');
  });
});

describe('files a program is linked with', () => {
  const files = {
    'lib.mld': 'var @v = "REACHED"\nexport { @v }\n',
    'data.json': '{ "k": "REACHED" }',
    'note.att': 'REACHED @who',
  };

  test.concurrent.each([
    ['a module', 'import { @v } from "./lib.mld"\nshow @v'],
    ['a whole module', 'import "./lib.mld" as @lib\nshow @lib.v'],
    ['JSON', 'import { @k } from "./data.json"\nshow @k'],
    ['a template file', 'exe @note(who) = template "./note.att"\nshow @note("x")'],
    ['a collection of templates', 'import templates from "." as @notes(who)\nshow @notes.note("x")'],
  ])('%s is read under the policy in force where it is imported', async (_kind, program) => {
    const policy = 'policy @p = { capabilities: { allow: ["cmd:echo:*"] } }\n';
    expect(await refused(policy + program, files)).toContain('Filesystem read denied by policy');
    const cwd = project({ ...files, 'main.mld': program });
    expect(await warm(['run', 'main.mld'], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('REACHED'),
    });
  });

  test('data that an earlier run wrote keeps its labels', async () => {
    const cwd = project({
      'write.mld': 'var secret @key = "k-1"\noutput { "k": @key } to "made.json"',
      'main.mld': 'import { @k } from "./made.json"\nshow @k.mx.labels',
    });
    expect(await warm(['run', 'write.mld'], { cwd })).toMatchObject({ code: 0 });
    expect(await warm(['run', 'main.mld'], { cwd })).toMatchObject({ code: 0, stdout: '["secret"]\n' });
  });

  test('a template that an earlier run wrote keeps its labels', async () => {
    const cwd = project({
      'write.mld': 'var secret @key = "k-1"\noutput @key to "made.att"',
      'main.mld': 'exe @t() = template "./made.att"\nvar @x = @t()\nshow @x.mx.labels',
    });
    expect(await warm(['run', 'write.mld'], { cwd })).toMatchObject({ code: 0 });
    expect(await warm(['run', 'main.mld'], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('secret'),
    });
  });
});

describe('defaults.unlabeled', () => {
  test('labels files, commands, code and what executables answer, and no literals', async () => {
    const cwd = project({
      'd.txt': 'data',
      'main.mld':
        'policy @p = { defaults: { unlabeled: "untrusted" } }\nvar @l = "x"\nvar @f = <d.txt>\nvar @g = <*.txt>\n' +
        'var @c = cmd { echo hi }\nvar @j = js { return 1 }\nexe @t(x) = `hi @x`\nvar @e = @t("x")\nvar pii @s = <d.txt>\n' +
        'show `@l.mx.labels @f.mx.labels @g[0].mx.labels @c.mx.labels @j.mx.labels @e.mx.labels @s.mx.labels`\n',
    });
    const { stdout } = await warm(['run', 'main.mld'], { cwd });
    const one = '["untrusted"]';
    expect(stdout).toBe(`[] ${one} ${one} ${one} ${one} ${one} ["pii","untrusted"]\n`);
  });
});
