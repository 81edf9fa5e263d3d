/** The ledger of whole runs, and `mlldc audit` over it (security.md 10). */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, directory, mlldc } from './harness.js';

const SCRIPT = `
var secret @key = "hunter2-key"
var pii @name = "Ada"
output @key to "a/key.txt"
run cmd { cp a/key.txt copy.md }
exe net:w @send(to, text) = \`sent @text\`
show @send("x", @name)
`;

async function ran(script = SCRIPT, files: Record<string, string> = {}): Promise<string> {
  const cwd = directory({ 'mlld-config.json': '{}', 'main.mld': script, ...files });
  await mlldc(['run', 'main.mld'], { cwd });
  return cwd;
}

const ledger = (cwd: string): string => path.join(cwd, '.mlld/sec/audit.jsonl');

async function records(cwd: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await mlldc(['audit', '--json', ...args], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>[];
}

describe('the ledger', () => {
  test('tells how long calls took that it hears of together, and which variable a trust conflict is about', async () => {
    const cwd = await ran(
      'exe net:w @wait(x) = js { const t = Date.now(); while (Date.now() - t < 20); return x }\n' +
        'exe @vouch(x) = [ => trusted @x ]\nvar untrusted @u = "v"\nvar @a = @wait("1")\nvar @b = @wait("2")\nvar @c = @vouch(@u)\nshow @a\n',
    );
    const calls = await records(cwd, '--tool', 'wait', '--event', 'toolCall');
    expect(calls).toHaveLength(2);
    for (const { duration } of calls) expect(duration).toBeGreaterThanOrEqual(20);
    expect(await records(cwd, '--event', 'conflict')).toMatchObject([
      { var: '@x', labels: ['trusted', 'untrusted'], resolved: 'untrusted', by: 'directive:label' },
    ]);
  });
});

describe('mlldc audit', () => {
  test('filters by event, label, tool, variable, file, operation, time and run', async () => {
    const cwd = await ran();
    const all = await records(cwd);
    expect(all.length).toBeGreaterThan(5);
    const written = await records(cwd, '--event', 'write', '--label', 'secret');
    expect(written[0]).toMatchObject({ path: path.join(cwd, 'a/key.txt'), writer: 'directive:output' });
    expect(written.at(-1)).toMatchObject({ path: path.join(cwd, 'copy.md'), writer: 'command:cp' });
    expect((await records(cwd, '--tool', 'send')).map(({ event }) => event)).toEqual(['toolStart', 'toolCall']);
    expect(await records(cwd, '--var', 'name')).toMatchObject([{ event: 'label', add: ['pii'] }]);
    expect((await records(cwd, '--file', 'a'))[0]).toMatchObject({ path: path.join(cwd, 'a/key.txt') });
    expect((await records(cwd, '--operation', 'command:cp')).length).toBeGreaterThan(0);
    expect(await records(cwd, '--since', '1h', '--last', '2')).toEqual(all.slice(-2));
    expect(await records(cwd, '--until', '2020-01-01')).toEqual([]);
    expect(await records(cwd, '--run', String(all[0]!.run).slice(0, 8))).toHaveLength(all.length);
  });

  test('shows what was denied', async () => {
    const cwd = await ran('policy @p = { deny: { cmd: ["ls"] } }\nvar secret @k = "kk"\nrun sh { ls }\n');
    expect(await records(cwd, '--decision', 'denied')).toMatchObject([{ event: 'denied' }]);
    expect(await records(cwd, '--operation', 'exec.sh')).toHaveLength(1);
  });

  test('explains how a copied file came by its label', async () => {
    const cwd = await ran();
    const { code, stdout } = await mlldc(['audit', 'explain', 'copy.md'], { cwd });
    expect(code).toBe(0);
    const told = stdout.split('\n').map((line) => line.replace(/\S+Z {2}/, '').trim());
    expect(told.slice(0, 6)).toEqual([
      `${cwd}/copy.md carries secret`,
      `write      ${cwd}/copy.md  [secret]  created by command:cp`,
      'secret came from',
      `write      ${cwd}/a/key.txt  [secret]  created by directive:output`,
      'secret came from',
      'label      @key  [secret]  +secret  by directive:label',
    ]);
  });

  test('explains a variable and a record, and fails on what nobody recorded', async () => {
    const cwd = await ran();
    const { stdout } = await mlldc(['audit', 'explain', '@key', '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ target: '@key', labels: ['secret'], steps: [{ from: [] }] });
    const [write] = await records(cwd, '--event', 'write');
    expect((await mlldc(['audit', 'explain', String(write!.id)], { cwd })).stdout).toContain('+secret');
    const nothing = await mlldc(['audit', 'explain', 'no.txt'], { cwd });
    expect(nothing).toMatchObject({ code: 1, stdout: '' });
    expect(nothing.stderr).toContain("says nothing about 'no.txt'");
  });

  test('verify finds a changed record', async () => {
    const cwd = await ran();
    expect(await mlldc(['audit', 'verify'], { cwd })).toMatchObject({ code: 0 });
    fs.writeFileSync(ledger(cwd), fs.readFileSync(ledger(cwd), 'utf8').replace('"secret"', '"public"'));
    const { code, stdout } = await mlldc(['audit', 'verify'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: `${ledger(cwd)}:1: the record was changed\n` });
  });

  test('control characters of recorded data do not reach the terminal', async () => {
    const cwd = await ran(
      'var pii @p = "x"\nexe net:w @f(a) = `@a`\nvar @r = @f("\\u001b[31m", @p)\nvar @j = js { return "\\x1b[2J" }\nshow @f(@j)\n',
    );
    const { stdout } = await mlldc(['audit'], { cwd });
    expect(stdout).toContain('@f(');
    expect(stdout).not.toContain('\x1b');
  });

  test('a project without a ledger has no records', async () => {
    expect(await records(directory({ 'mlld-config.json': '{}' }))).toEqual([]);
  });
});

describe('a run that is killed', () => {
  test('has a record for every file it wrote, and the next run reads on', async () => {
    const cwd = directory({
      'mlld-config.json': '{}',
      'main.mld': `var secret @s = "hunter2-key"
exe @many() = js { return Array.from({ length: 2000 }, (_, i) => "out/" + i + ".txt") }
for parallel(8) @file in @many() [
  output @s to @file
]
`,
      'read.mld': 'var @f = <out/0.txt>\nshow @f.mx.labels\n',
    });
    const child = spawn(process.execPath, [cli, 'run', 'main.mld'], { cwd, stdio: 'ignore' });
    const out = path.join(cwd, 'out');
    const written = () =>
      fs.existsSync(out) ? fs.readdirSync(out).filter((name) => name.endsWith('.txt') && !name.startsWith('.')) : [];
    await new Promise<void>((resolve) => {
      child.on('exit', () => resolve());
      const poll = setInterval(() => {
        if (written().length < 20 && child.exitCode === null) return;
        clearInterval(poll);
        child.kill('SIGKILL');
      }, 5);
    });
    const files = written();
    expect(files.length).toBeGreaterThanOrEqual(20);
    const recorded = new Set((await records(cwd, '--event', 'write')).map((record) => record.path));
    expect(files.filter((name) => !recorded.has(path.join(out, name)))).toEqual([]);
    // What a kill in the middle of a line leaves.
    fs.appendFileSync(ledger(cwd), '{"id":"0d8c3b');
    expect((await mlldc(['run', 'read.mld'], { cwd })).stdout).toBe('["secret"]\n');
    expect(await mlldc(['audit', 'verify'], { cwd })).toMatchObject({ code: 0 });
  });
});
