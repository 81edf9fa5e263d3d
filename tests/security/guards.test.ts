/** Guards, hooks and overrides against scripts that try to get around them (security.md 3, 11). */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { warm } from '../cli/warm.js';
import { project } from './project.js';

async function run(program: string, files: Record<string, string> = {}) {
  const cwd = project({ ...files, 'main.mld': program });
  return { cwd, ...(await warm(['run', 'main.mld'], { cwd })) };
}

const SECRET = 'var secret @s = "hunter2-key"\n';
const F = 'exe @f(x) = js { return x }\n';

describe('retries', () => {
  test.concurrent('guards see the attempts before theirs', async () => {
    const { stdout } = await run(
      'exe @f() = js { return "v" }\nguard @g after op:exe = when [ @mx.guard.try < 3 => retry "again"; * => allow ]\nguard @h after op:exe = when [ @mx.guard.try == 3 => allow `@mx.guard.tries @mx.guard.hintHistory @mx.guard.max`; * => allow ]\nshow @f()\n',
    );
    expect(stdout).toBe(
      '[{"attempt":1,"decision":"retry","hint":"again"},{"attempt":2,"decision":"retry","hint":"again"}] ["again","again"] 3\n',
    );
  });

  test.concurrent('what failed attempts would have shown, logged or written is forgotten', async () => {
    const { cwd, stdout, stderr } = await run(
      'exe @f() = [\n show "shown"\n log "logged"\n append "line" to "log.txt"\n => "v"\n]\nguard after op:exe = when [ @mx.guard.try < 3 => retry "again"; * => allow ]\nshow @f()\n',
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'shown\nv\n', stderr: 'logged\n' });
    expect(fs.readFileSync(path.join(cwd, 'log.txt'), 'utf8')).toBe('line\n');
  });

  test.concurrent('what a failing call has shown is shown', async () => {
    const { code, stdout } = await run(
      'exe @f() = [\n show "shown"\n bail "stop"\n]\nguard after op:exe = when [ @mx.guard.try > 5 => retry "again"; * => allow ]\nshow @f()\n',
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'shown\n' });
  });

  test.concurrent('an inline effect is refused, not repeated', async () => {
    const { code, stdout } = await run(
      `${F}guard after op:show = when [ * => retry "again" ]\nvar @x = @f("v") | show\n`,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'v\n' });
  });
});

describe('env actions', () => {
  const env = (value: string) => run(`guard before op:run = when [ * => env ${value} ]\nrun cmd { echo REACHED }\n`);
  test.concurrent.each([
    ['a policy that forbids the command', '{ policy: { deny: { cmd: ["echo"] } } }', "Command 'echo' denied by policy"],
    ['text', '"x"', 'Guard env config must be an object'],
    ['a policy that is none', '{ policy: 5 }', 'Guard env policy fragment must be an object'],
    ['an unknown policy key', '{ policy: { zork: 1 } }', "Unknown policy key 'zork'"],
    ['nothing', '{}', 'Guard env actions require either env config or policy fragment'],
    ['null', 'null', 'Guard env actions require a config value'],
    ['isolation that cannot be understood', '{ fs: { zork: [] } }', 'unknown entries'],
  ])('%s is not ignored', async (_what, value, message) => {
    const { code, stdout, stderr } = await env(value);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  test.concurrent.each([
    ['a load that is shown', 'op:show', 'show <data.txt>'],
    ['a pattern that is shown', 'op:show', 'show <*.txt>'],
    ['a load in a call', '@f', 'exe @f() = [ => <data.txt> ]\nshow @f()'],
    ['a load in a template', '@f', 'exe @f() = `x <data.txt>`\nshow @f()'],
    ['a question whether there is one', '@f', 'exe @f() = [ => @exists("data.txt") ]\nvar @x = @f()\nshow "REACHED"'],
    ['a file that is written', '@f', 'exe @f() = [\n file "REACHED.txt" = "x"\n => 1\n]\nshow @f()'],
    ['files that are written', '@f', 'exe @f() = [\n files "d/" = [{ "a.txt": "x" }]\n => 1\n]\nshow @f()'],
  ])('a fragment against files covers %s', async (_what, filter, program) => {
    const fragment = '{ policy: { deny: ["fs:r:**", "fs:w:**"] } }';
    const { stdout, stderr } = await run(`guard before ${filter} = when [ * => env ${fragment} ]\n${program}\n`, {
      'data.txt': 'REACHED',
    });
    expect(stdout).toBe('');
    expect(stderr).toMatch(/Filesystem (?:read|write) denied by policy/);
  });

  test.concurrent('hold for the one operation, shell scripts and what a call runs included', async () => {
    const { stdout, stderr } = await run(
      'exe @f() = sh { echo REACHED }\nguard before @f = when [ * => env { policy: { deny: { cmd: ["echo"] } } } ]\nrun cmd { echo free }\nshow @f()\n',
    );
    expect(stdout).toBe('free\n');
    expect(stderr).toContain("Command 'echo' denied by policy");
  });
});

describe('hooks', () => {
  test.concurrent('are guarded like all other code, and their failures are collected', async () => {
    const { stdout, stderr } = await run(
      `${SECRET}${F}guard before secret = when [ @mx.op.type == "show" => deny "not shown"; * => allow ]\nhook after @f = [ show @s ]\nshow @f(1)\nshow @mx.hooks.errors[0].message\n`,
    );
    expect(stdout).toContain('Guard blocked operation: not shown');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  test.concurrent('do not set off hooks', async () => {
    const { code, stdout } = await run(`${F}hook before op:show = [ show "h" ]\nshow "x"\n`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'h\nx\n' });
  });

  test.concurrent('see loops, iterations and imports', async () => {
    const { stdout, stderr } = await run(
      'hook before op:for:iteration = [ log `it @mx.for.index` ]\nhook before op:for = [ log "for" ]\nhook after op:loop = [ log "turn" ]\nhook before op:import = [ log `@mx.op.subtype` ]\nimport { @q } from "./lib.mld"\nfor @i in [1,2] => show @i\nvar @p = for parallel(1) @i in [3] => @i\nloop(2) [ continue 1 ]\n',
      { 'lib.mld': 'var @q = 5\nexport { @q }\n' },
    );
    expect(stdout).toBe('1\n2\n');
    expect(stderr).toBe('importSelected\nfor\nit 0\nit 1\nfor\nit 0\nturn\nturn\n');
  });
});

describe('batches of for parallel', () => {
  const LOOP = 'var @r = for parallel(2) @i in ["a","b","c"] => `<-@i`\nshow @r.join(" ")\n';

  test.concurrent('have hooks before and after, around their iterations', async () => {
    const { stdout, stderr } = await run(
      `hook before op:for = [ log \`for @input\` ]
hook after op:for = [ log \`end @output\` ]
hook before op:for:batch = [ log \`batch @mx.for.batchIndex of @mx.for.batchSize from @mx.for.index/@mx.for.total @input\` ]
hook after op:for:batch = [ log \`after @mx.op.metadata.batchIndex @output\` ]
hook before op:for:iteration = [ log \`it @mx.for.index @mx.for.batchIndex @mx.for.batchSize @mx.op.metadata.parallel\` ]
${LOOP}`,
    );
    expect(stdout, stderr).toBe('<-a <-b <-c\n');
    expect(stderr).toBe(
      `for ["a","b","c"]
batch 0 of 2 from 0/3 ["a","b"]
it 0 0 2 true
it 1 0 2 true
after 0 ["<-a","<-b"]
batch 1 of 1 from 2/3 ["c"]
it 2 1 1 true
after 1 ["<-c"]
end ["<-a","<-b","<-c"]
`,
    );
  });

  test.concurrent('take what hooks put in the place of elements and results', async () => {
    const batch = (timing: string, value: string) => run(`hook ${timing} op:for:batch = [ => ${value} ]\n${LOOP}`);
    expect((await batch('before', '["A","B"]')).stdout).toBe('<-A <-B <-c\n');
    expect((await batch('after', '["A","B"]')).stdout).toBe('A B <-c\n');
    expect((await batch('before', '"x"')).stdout).toBe('<-a <-b <-c\n');
  });

  test.concurrent('can be refused before they start', async () => {
    const { code, stdout, stderr } = await run(
      'guard before op:for:batch = when [ @mx.for.batchIndex == 1 => deny "enough" ]\nfor parallel(2) @i in [1,2,3] => show @i\n',
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '1\n2\n' });
    expect(stderr).toContain('Guard blocked operation: enough');
  });
});

describe('what a guard is about', () => {
  test.concurrent('imports can be refused before the module runs', async () => {
    const { code, stdout, stderr } = await run(
      'guard before op:import = when [ @mx.op.target.includes("lib") => deny "no lib"; * => allow ]\nimport { @q } from "./lib.mld"\nshow @q\n',
      { 'lib.mld': 'run cmd { touch reached }\nvar @q = 5\nexport { @q }\n' },
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Guard blocked operation: no lib');
  });

  test.concurrent('programs and subcommands at any depth', async () => {
    const guarded = (filter: string, code: string) =>
      run(`guard before ${filter} = when [ * => deny "no" ]\n${code}\n`);
    expect((await guarded('op:cmd:git:status', 'run cmd { git status }')).code).toBe(1);
    expect((await guarded('op:cmd:git', 'exe @f() = cmd { git status }\nshow @f()')).code).toBe(1);
    expect((await guarded('op:cmd:git:push', 'run cmd { git --version }')).code).toBe(0);
  });

  test.concurrent('@mx.guard exists in guards and denied arms only', async () => {
    const { code, stderr } = await run('show @mx.guard\n');
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Variable "mx" has no field "guard"'),
    });
  });

  test.concurrent('denials accumulate, in order, and a later allow does not undo them', async () => {
    const { stdout } = await run(
      `${F}guard @a before op:exe = when [ @mx.op.name == "f" => deny "d1" ]\nguard @b before op:exe = when [ @mx.op.name == "f" => deny "d2" ]\nguard @c before op:exe = when [ @mx.op.name == "f" => allow "z" ]\nexe @h(x) = when [ denied => \`@mx.guard.reasons @mx.guard.reason @mx.guard.name @mx.guard.filter\`; * => @f(@x) ]\nshow @h(1)\n`,
    );
    expect(stdout).toBe('["d1","d2"] d1 a operation:exe\n');
  });
});

describe('with { guards }', () => {
  test.concurrent('is about the call it stands at, not about what the call does', async () => {
    const { code, stderr } = await run(
      `${SECRET}exe @inner(x) = js { return x }\nexe @outer(x) = [ let @y = @inner(@x); => @y ]\nguard before secret = when [ @mx.op.name == "inner" => deny "inner"; * => allow ]\nvar @r = @outer(@s) with { guards: false }\n`,
    );
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Guard blocked operation: inner'),
    });
  });

  test.concurrent('is about calls before and after, in every form', async () => {
    const clauses = ['{ guards: false }', '{ guards: { except: ["@g", @h] } }', '{ guards: only(@other) }'];
    const calls = clauses.flatMap((clause) => [
      `show @f(1) with ${clause}`,
      `var @x = @f(2) with ${clause}\nshow @x`,
      `log @f(3) with ${clause}`,
      `run @f(4) with ${clause}`,
      `@f(5) with ${clause}`,
      `output @f(6) to stdout with ${clause}`,
      `show foreach @f([7]) with ${clause}`,
    ]);
    const guard = (name: string, timing: string) =>
      `guard @${name} ${timing} op:exe = when [ @mx.op.name == "f" => deny "${name}" ]\n`;
    const program = calls.map((call, i) => call.replaceAll('@x', `@x${i}`)).join('\n');
    const { code, stdout, stderr } = await run(`${F}${guard('g', 'before')}${guard('h', 'after')}${program}\n`);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '1\n2\n4\n5\n6\n7\n'.repeat(3) });
  });

  test.concurrent('leaves privileged guards, also imported ones', async () => {
    const lib =
      'guard privileged @pp before secret = when [ @mx.op.type == "show" => deny "privileged" ]\nvar @q = 1\nexport { @q }\n';
    const { stdout, stderr } = await run(`import { @q } from "./lib.mld"\n${SECRET}show @s with { guards: false }\n`, {
      'lib.mld': lib,
    });
    expect(stdout).toBe('');
    expect(stderr).toContain('[Guard Override] Non-privileged guards disabled for this operation');
    expect(stderr).toContain('Guard blocked operation: privileged');
  });
});

describe('security.allowGuardBypass: false', () => {
  const CLAUSES = [
    '{ guards: false }',
    '{ guards: { only: ["@a"] } }',
    '{ guards: { except: [@a] } }',
    '{ guards: only(@a) }',
  ];
  const POSITIONS = [
    'show @v with W',
    'show `x` with W',
    'show @f(1) with W',
    'log @v with W',
    'run cmd { touch reached } with W',
    'run sh { touch reached } with W',
    'run @f(1) with W',
    'var @x = @f(1) with W',
    'var @x = sh { touch reached } with W',
    'var @x = js { return 1 } with W',
    'var @x = @v | @f with W',
    'var @x = "lit" with W',
    'var @x = <mlld-config.json> with W',
    'output @v to "reached" with W',
    'append @v to "reached" with W',
    'exe @g(x) = cmd { touch reached } with W\nshow @g(1)',
    'exe @g(x) = [ let @y = @f(@x) with W; => @y ]\nshow @g(1)',
    'var @l = for @i in [1] => @f(@i) with W',
    'var @w = when [ true => @f(1) with W; * => 2 ]',
    'box { tools: ["Bash"] } with W [ run cmd { touch reached } ]',
    'import { @q } from "./lib.mld" with W',
    'file "reached" = @v with W',
    '@f(1) with W',
    'show foreach @f([1]) with W',
    'var @x = foreach @f([1]) with W',
    'show <lib.mld> with W',
    'stream @f(1) with W',
    'run node { return 1 } with W',
    'var @x = `t @v` with W',
    'var @x = [1] with W',
    'var @x = { a: 1 } with W',
    'var @x = || @f(1) || @f(2) with W',
    'var @x = @v | show with W',
    'var @x = @v with { pipeline: [@f], guards: false }',
    'var @x = box [ => @f(1) ] with W',
    'exe @g(x) = `t @x` with W\nshow @g(1)',
    'exe @g(x) = when [ * => @f(@x) ] with W\nshow @g(1)',
    'var @l = for parallel(2) @i in [1] => @f(@i) with W',
    'output @v to stdout with W',
    'files "reached/" = [{ "a": "b" }] with W',
    'checkpoint "c" with W',
    'import tools { @e } from mcp "x" with W',
  ];
  const blocked = async (program: string, config: string) => {
    const { cwd, code, stderr } = await run(`${F}var @v = "val"\n${program}\n`, {
      'mlld-config.json': config,
      'lib.mld': 'var @q = 5\nexport { @q }\n',
    });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Guard bypass disabled by security config'),
    });
    expect(fs.existsSync(path.join(cwd, 'reached'))).toBe(false);
  };
  const OFF = '{"security":{"allowGuardBypass":false}}';

  test.concurrent.each(POSITIONS)('blocks %s, without any guard', async (position) => {
    await blocked(position.replace('W', CLAUSES[0]!), OFF);
  });

  test.concurrent.each(CLAUSES)('blocks %s, also for guards after the operation', async (clause) => {
    await blocked(`guard @a after op:exe = when [ * => deny "after" ]\nvar @x = @f(1) with ${clause}`, OFF);
  });

  test.concurrent.each(['"false"', '0', 'null', '"true"'])('a value of %s forbids bypass', async (value) => {
    await blocked('show @v with { guards: false }', `{"security":{"allowGuardBypass":${value}}}`);
  });

  test.concurrent('a configuration that does not parse ends the run', async () => {
    const { code, stdout } = await run('show "REACHED" with { guards: false }\n', { 'mlld-config.json': '{bad' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});
