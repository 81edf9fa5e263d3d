/** Rules of security.md 2 to 4, one small program each: what it prints, and what it is refused with. */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { warm } from '../cli/warm.js';
import { project } from './project.js';

async function run(program: string, files: Record<string, string> = {}) {
  const cwd = project({ ...files, 'main.mld': program });
  return { cwd, ...(await warm(['run', 'main.mld'], { cwd })) };
}

const DENY = (filter: string, condition = '*') => `guard before ${filter} = when [ ${condition} => deny "no" ]\n`;

describe('labels of answers', () => {
  test.concurrent('what is called untrusted is not trusted because an argument was', async () => {
    const { cwd, stdout } = await run(
      'exe @b(x) = [ => untrusted @x ]\nvar trusted @t = "T"\nvar @r = @b(@t)\nshow `@r.mx.labels @r.mx.taint`\n',
    );
    expect(stdout).toBe('["untrusted"] ["untrusted","src:exe"]\n');
    const ledger = fs.readFileSync(path.join(cwd, '.mlld/sec/audit.jsonl'), 'utf8');
    expect(ledger).toContain('"event":"label","var":"@x","add":["untrusted"]');
    expect(ledger).not.toContain('"event":"bless"');
  });

  test.concurrent('a conflict of trust is recorded with the name of the variable', async () => {
    const { cwd, stdout } = await run(
      'exe @c(x) = [ => trusted @x ]\nvar untrusted @u = "U"\nvar @r = @c(@u)\nshow `@r.mx.labels`\n',
    );
    expect(stdout).toBe('[\n  "untrusted",\n  "trusted"\n]\n');
    expect(fs.readFileSync(path.join(cwd, '.mlld/sec/audit.jsonl'), 'utf8')).toContain('"event":"conflict","var":"@x"');
  });
});

describe('run @f()', () => {
  const T = 'exe @f(x) = `v @x`\n';
  test.concurrent.each([
    ['op:run', `${DENY('op:run')}${T}run @f("a")\n`],
    ['op:run, as a line of its own', `${DENY('op:run')}${T}@f("a")\n`],
    ['op:run, of a method', `${DENY('op:run')}${T}var @o = { m: @f }\nrun @o.m("a")\n`],
    ['op:runExec', `${DENY('op:runExec')}${T}run @f("a")\n`],
    ['op:exec', `${DENY('op:exec')}${T}run @f("a")\n`],
    ['its subtype', `${DENY('op:run', '@mx.op.subtype == "runExec"')}exe @f(x) = js { return x }\nrun @f("a")\n`],
    ['op:exe', `${DENY('op:exe', '@mx.op.name == "f"')}${T}run @f("a")\n`],
  ])('is an operation of its own: %s', async (_what, program) => {
    const { code, stdout, stderr } = await run(program);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Operation: /run (runExec)');
  });

  test.concurrent('hooks on runs and on calls see it', async () => {
    const { stderr } = await run(
      `hook before op:run = [ log "run @mx.op.name" ]\nhook before op:exe = [ log "exe @mx.op.type" ]\n${T}run @f("a")\n`,
    );
    expect(stderr).toBe('run f\nexe run\n');
  });

  test.concurrent('its arguments and other calls are none', async () => {
    const { stdout } = await run(
      `${DENY('op:run', '@mx.op.name == "g"')}exe @g() = \`inner\`\n${T}run @f(@g())\nshow @f("shown")\n`,
    );
    expect(stdout).toBe('v inner\nv shown\n');
  });

  test.concurrent('a guard on op:run sees what is run, not once more what is printed', async () => {
    const { stdout } = await run('guard before op:run = when [ * => allow "echo replaced" ]\nrun cmd { echo hi }\n');
    expect(stdout).toBe('replaced\n');
  });
});

describe('what guards see of an operation', () => {
  const seen = async (filter: string, field: string, statements: string) =>
    await run(`guard before ${filter} = when [ * => deny "x" ]\n`.replace('*', `@see(@mx.op.${field})`) + statements);
  const SEE = 'exe @see(v) = js { console.error(JSON.stringify(v)); return false }\n';
  test.concurrent.each([
    ['op:output', 'target', 'output "x" to "o.txt"', '"o.txt"'],
    ['op:append', 'target', 'append "x" to "o.txt"', '"o.txt"'],
    ['op:output', 'metadata', 'output "x" to "o.txt"', '{"outputTargetType":"file"}'],
    ['op:log', 'metadata', 'log "x"', '{"outputTargetType":"stream"}'],
    ['op:show', 'metadata', 'show "x"', '{"showSubtype":"showTemplate","sourceRetryable":false}'],
    ['op:var', 'metadata', 'var @x = 1', '{"sourceRetryable":true}'],
    [
      'op:cmd',
      'metadata',
      'run cmd { echo hi }',
      '{"command":"echo hi","commandPreview":"echo hi","runSubtype":"runCommand"}',
    ],
    ['op:cmd', 'sources', 'run cmd { git --version x }', '["cmd:git:x"]'],
    ['op:sh', 'metadata', 'run sh { true }', '{"runSubtype":"runCode","language":"sh"}'],
    [
      '@f',
      'metadata',
      'exe @f(a) = cmd { echo "@a" }\nvar @r = @f("q")',
      '{"executableType":"command","command":"f","guardArgNames":["a"],"commandPreview":"echo \\"@a\\""}',
    ],
    [
      '@f',
      'labels',
      'exe net:w @f(a) = cmd { echo "@a" }\nvar @r = @f("q")',
      '["net:w","op:cmd","op:exe","op:cmd:echo","op:cmd:echo:@a"]',
    ],
    [
      '@f',
      'metadata',
      'exe @f(a) = `@a`\nexe @g(a) = `@a`\nvar @r = "q" | @g | @f',
      '{"executableType":"template","command":"f","guardArgNames":["a"],"commandPreview":null,"stageIndex":2,"totalStages":2,"streaming":false}',
    ],
    ['op:python', 'type', 'var @r = py { print(1) }', '"run"'],
    ['op:javascript', 'type', 'var @r = js { return 1 }', '"run"'],
    ['op:bash', 'type', 'exe @f() = bash { echo 1 }\nvar @r = @f()', '"run"'],
  ])('%s: %s of %s', async (filter, field, statements, expected) => {
    const { stderr } = await seen(filter, field, `${SEE}${statements}\n`);
    expect(stderr.split('\n')).toContain(expected);
  });
});

describe('a refusal', () => {
  test.concurrent('says what it is about: the operation', async () => {
    const { stderr } = await run(`${DENY('op:show')}var secret @s = "hunter2"\nshow @s\n`);
    for (const line of [
      'scope: perOperation',
      'operation: {"type":"show","subtype":"showVariable"}',
      'inputPreview: Array(len=1)',
      'denial: {"code":"GUARD_DENIED","operation":{"type":"show","description":"/show (showVariable)"},"blocker":{"type":"guard","name":"operation:show"},"labels":{"input":["secret"],"operation":["op:show"]},"reason":"no"}',
    ])
      expect(stderr).toContain(line);
  });

  test.concurrent('or a value', async () => {
    const { stderr } = await run(`${DENY('secret', '@mx.op.type == "show"')}var secret @s = "hunter2"\nshow @s\n`);
    expect(stderr).toContain('scope: perInput');
    expect(stderr).toContain('inputPreview: [REDACTED]');
    const pii = await run(`${DENY('pii', '@mx.op.type == "show"')}var pii @s = "Ada"\nshow @s\n`);
    expect(pii.stderr).toContain('inputPreview: Ada');
  });
});

describe('what streams', () => {
  const F = 'exe @f() = cmd { echo hi }\n';
  test.concurrent.each([
    ['stream @f()', 'stream @f()'],
    ['run stream @f()', 'run stream @f()'],
    ['run stream cmd', 'run stream cmd { echo hi }'],
    ['var run stream', 'var @x = run stream @f()'],
    ['run with', 'run @f() with { stream: true }'],
    ['show with', 'show @f() with { stream: true }'],
    ['var with', 'var @x = @f() with { stream: true }'],
    ['a definition', 'exe @g() = stream cmd { echo hi }\nshow @g()'],
    ['a definition with a clause', 'exe @g() = cmd { echo hi } with { stream: true }\nvar @x = @g()'],
    ['a definition that calls', 'exe @g() = stream @f()\nshow @g()'],
  ])('has no guards after it: %s', async (_what, statement) => {
    const { code, stdout, stderr } = await run(
      `guard after op:exe = when [ * => allow ]\nguard after op:run = when [ * => allow ]\n${F}${statement}\n`,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Cannot run after-guards when streaming is enabled.');
  });

  test.concurrent('is judged before, and after where streaming is off', async () => {
    const { stdout } = await run(
      `guard before op:exe = when [ * => allow ]\n${F}stream @f()\nguard after op:exe = when [ * => allow ]\nshow @f() with { stream: false }\n`,
    );
    expect(stdout).toBe('hi\nhi\n');
  });
});

test('a guard that never gets what it asks for blocks the operation', async () => {
  const { stderr } = await run('guard after @f = when [ * => retry "more" ]\nexe @f() = js { return 1 }\nshow @f()\n');
  expect(stderr).toContain('Guard blocked operation: Guard retry limit exceeded (3)\n    Hint: more');
});
