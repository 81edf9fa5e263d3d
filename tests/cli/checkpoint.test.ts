/** Kept answers of llm calls in whole runs, and `mlldc checkpoint` (security.md 12). */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, directory, mlldc, node, root } from './harness.js';

/** Every call that is really made leaves a line in calls.log. */
const ASK = 'exe llm @ask(q) = sh { echo "$q" >> calls.log; echo "answer to $q" }\n';

function script(text: string, more: Record<string, string> = {}) {
  const cwd = directory({ 'mlld-config.json': '{}', 'main.mld': text, ...more });
  const log = path.join(cwd, 'calls.log');
  return {
    cwd,
    run: (...args: string[]) => mlldc(['run', 'main.mld', ...args], { cwd }),
    /** The calls made since the last look. */
    calls(): string[] {
      const lines = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
      fs.rmSync(log, { force: true });
      return lines;
    },
    edit: (next: string) => fs.writeFileSync(path.join(cwd, 'main.mld'), next),
    kept: path.join(cwd, '.mlld/checkpoints/main'),
  };
}

const TWO = `${ASK}show @ask("one")\ncheckpoint "mid"\nshow @ask("two")\n`;

describe('modes', () => {
  test('manual keeps answers and uses them when asked', async () => {
    const { run, calls } = script(TWO);
    await run();
    expect(calls()).toEqual(['one', 'two']);
    await run();
    expect(calls()).toEqual(['one', 'two']);
    expect(await run('--resume')).toMatchObject({ code: 0, stdout: 'answer to one\nanswer to two\n' });
    expect(calls()).toEqual([]);
  });

  test('auto uses answers by itself, never does not keep any', async () => {
    const auto = script(`resume: auto\n${TWO}`);
    await auto.run();
    expect(await auto.run()).toMatchObject({ stdout: 'answer to one\nanswer to two\n' });
    expect(auto.calls()).toEqual(['one', 'two']);
    const never = script(`resume: "never"\n${TWO}`);
    await never.run();
    expect(fs.existsSync(path.join(never.kept, 'llm-cache.jsonl'))).toBe(false);
  });

  test('the header may follow frontmatter, comments and empty lines, and begin a document', async () => {
    const after = script(`---\ntitle: x\n---\n>> mine\n\nresume: auto\n${TWO}`);
    await after.run();
    await after.run();
    expect(after.calls()).toEqual(['one', 'two']);
    const page = script('', { 'page.md': `resume: auto\n\n/${ASK}/show @ask("one")\n` });
    await mlldc(['run', 'page.md'], { cwd: page.cwd });
    expect(await mlldc(['run', 'page.md', '--no-stream'], { cwd: page.cwd })).toMatchObject({
      stdout: expect.not.stringContaining('resume'),
    });
    expect(page.calls()).toEqual(['one']);
    const front = script(`---\nresume: auto\n---\n${TWO}`);
    await front.run();
    await front.run();
    expect(front.calls()).toEqual(['one', 'two']);
    const over = script(`---\nresume: auto\n---\nresume: never\n${TWO}`);
    await over.run();
    await over.run();
    expect(over.calls()).toEqual(['one', 'two', 'one', 'two']);
    const other = script(`---\nresume: my life\n---\n${TWO}`);
    await other.run();
    expect(fs.existsSync(path.join(other.kept, 'llm-cache.jsonl'))).toBe(true);
    const { stderr } = await script('resume: soon\n').run();
    expect(stderr).toContain('Expected: resume: auto, resume: manual or resume: never');
  });

  test('--fresh and --new forget, --no-checkpoint neither keeps nor uses', async () => {
    const { run, calls, kept } = script(`resume: auto\n${TWO}`);
    await run('--no-checkpoint');
    expect(fs.existsSync(kept)).toBe(false);
    await run();
    calls();
    await run('--fresh');
    expect(calls()).toEqual(['one', 'two']);
    await run('--new');
    expect(calls()).toEqual(['one', 'two']);
    await run('--no-checkpoint');
    expect(calls()).toEqual(['one', 'two']);
    await run();
    expect(calls()).toEqual([]);
  });
});

describe('--resume', () => {
  test('makes again what it names', async () => {
    const { run, calls } = script(TWO);
    await run();
    calls();
    await run('--resume', '@ask');
    expect(calls()).toEqual(['one', 'two']);
    await run('--resume', '@ask:1');
    expect(calls()).toEqual(['two']);
    await run('--resume', '@ask("on")');
    expect(calls()).toEqual(['one']);
    await run('--resume', 'mid');
    expect(calls()).toEqual(['two']);
  });

  test('a checkpoint nobody wrote is an error, and so is text that names nothing', async () => {
    const { run, calls } = script(TWO);
    expect(await run('--resume', 'nope')).toMatchObject({ code: 1, stdout: '' });
    const { code, stderr } = await run('--resume', '@ask(');
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('--resume takes') });
    expect(calls()).toEqual([]);
  });

  test('of a function or call nobody made says so and uses the rest', async () => {
    const { run, calls } = script(TWO);
    await run();
    calls();
    for (const target of ['@nope', '@ask:7'])
      expect(await run('--resume', target)).toMatchObject({
        code: 0,
        stdout: 'answer to one\nanswer to two\n',
        stderr: `No kept answer matches '${target}'\n`,
      });
    expect(calls()).toEqual([]);
  });

  test('a run that failed goes on where it was', async () => {
    const { run, calls, edit } = script(`${ASK}show @ask("one")\nbail "stop"\n`);
    expect(await run()).toMatchObject({ code: 1 });
    edit(TWO);
    await run('--resume');
    expect(calls()).toEqual(['one', 'two']);
  });

  test('a run that was killed goes on where it was', async () => {
    const { cwd, run, calls } = script(`${ASK}show @ask("one")\nshow @ask("two")\nrun sh { touch here; sleep 20 }\n`);
    const child = spawn(process.execPath, [cli, 'run', 'main.mld'], { cwd, stdio: 'ignore' });
    await new Promise<void>((resolve) => {
      child.on('exit', () => resolve());
      const poll = setInterval(() => {
        if (!fs.existsSync(path.join(cwd, 'here')) && child.exitCode === null) return;
        clearInterval(poll);
        child.kill('SIGKILL');
      }, 10);
    });
    expect(calls()).toEqual(['one', 'two']);
    fs.writeFileSync(path.join(cwd, 'main.mld'), TWO);
    await run('--resume');
    expect(calls()).toEqual([]);
  });
});

describe('checkpoints with options', () => {
  test('resume: auto holds for what follows, until the time is over or while it is incomplete', async () => {
    const text = (options: string) =>
      `${ASK}show @ask("one")\ncheckpoint "c" with { ${options} }\nshow @ask("two")\nvar @done = false\n`;
    const { run, calls, edit } = script(text('resume: auto'));
    await run();
    calls();
    await run();
    expect(calls()).toEqual(['one']);
    edit(text('resume: "auto"'));
    await run();
    expect(calls()).toEqual(['one']);
    edit(text('resume: auto, ttl: 1ms'));
    await run();
    expect(calls()).toEqual(['one', 'two']);
    edit(text('resume: auto, complete: @done'));
    await run();
    await run();
    expect(calls()).toEqual(['one', 'two', 'one', 'two']);
    edit(text('resume: auto, complete: @done').replace('false', 'true'));
    await run();
    calls();
    await run();
    expect(calls()).toEqual(['one']);
  });

  test('a name twice and an unknown mode are errors', async () => {
    expect((await script('checkpoint "c"\ncheckpoint "c"\n').run()).stderr).toContain('Duplicate checkpoint "c"');
    expect(await script('var @n = " "\ncheckpoint "@n"\n').run()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Checkpoint name must not be empty'),
    });
    expect((await script('checkpoint "c" with { resume: "soon" }\n').run()).stderr).toContain('auto, manual or never');
    expect((await script('checkpoint "c" with { resum: "auto" }\n').run()).stderr).toContain("Unknown key 'resum'");
    expect((await script('checkpoint "c" with { ttl: "soon" }\n').run()).stderr).toContain(
      "Directive error (checkpoint): 'soon' is not a duration",
    );
  });
});

describe('what is kept', () => {
  test('labels come back with the answer', async () => {
    const { run } = script(
      'resume: auto\nvar pii @n = "Ada"\nexe llm, net:r @ask(q) = cmd { echo hi @q }\nvar @a = @ask(@n)\nshow @a.mx.labels\nshow @a.mx.taint.includes("src:cmd")\n',
    );
    const first = await run();
    expect(first.stdout).toContain('"pii"');
    expect(await run()).toMatchObject({ stdout: first.stdout });
  });

  test('calls that are given or answer secrets are not', async () => {
    const { run, calls, kept } = script(
      `resume: auto\n${ASK}var secret @s = "hunter2-key"\nexe secret, llm @key() = sh { echo key >> calls.log; echo hunter2-key }\nvar @a = @ask(@s)\nvar @b = @key()\n`,
    );
    await run();
    await run();
    expect(calls()).toEqual(['hunter2-key', 'key', 'hunter2-key', 'key']);
    const texts = fs.existsSync(kept) ? fs.readdirSync(kept, { recursive: true, withFileTypes: true }) : [];
    for (const file of texts.filter((entry) => entry.isFile()))
      expect(fs.readFileSync(path.join(file.parentPath, file.name), 'utf8')).not.toContain('hunter2');
  });

  test('commands that failed are not', async () => {
    const { run, calls } = script('resume: auto\nexe llm @f() = sh { echo f >> calls.log; exit 3 }\nvar @a = @f()\n');
    await run();
    await run();
    expect(calls()).toEqual(['f', 'f']);
  });

  test('whoever asks again is not given the answer he has', async () => {
    const counted = 'exe llm @ask(q) = sh { echo "$q" >> calls.log; wc -l < calls.log | tr -d " \\n" }\n';
    const stage = script(`resume: auto\n${counted}exe @third(x) = when [ @mx.try < 3 => retry "again"; * => @x ]
var @r = @ask("one") | @third\nshow @r\n`);
    expect(await stage.run()).toMatchObject({ stdout: '3\n' });
    const variable =
      script(`resume: auto\n${counted}guard after op:var = when [ @mx.op.name == "r" && @mx.guard.try < 3 => retry "again"; * => allow ]
var @r = @ask("one")\nshow @r\n`);
    expect(await variable.run()).toMatchObject({ stdout: '3\n' });
    // The kept answer is the first of three, and the guard wants two more.
    expect(await variable.run()).toMatchObject({ stdout: '5\n' });
  });

  test('an answer skips guards that were there, not a guard or policy that is new', async () => {
    const guarded = (reason: string) => `guard @g after op:exe = when [ @mx.op.name == "ask" => deny "${reason}" ]\n`;
    const { run, edit } = script(`resume: auto\n${ASK}show @ask("one")\n`);
    await run();
    edit(`resume: auto\n${ASK}${guarded('new guard')}show @ask("one")\n`);
    expect((await run()).stderr).toContain('new guard');
    const labelled = (policy: string) => `resume: auto\n${policy}${ASK}var pii @n = "Ada"\nshow @ask(@n)\n`;
    edit(labelled(''));
    await run();
    edit(labelled('policy @p = { labels: { pii: { deny: ["llm"] } } }\n'));
    expect((await run()).stderr).toContain("Label 'pii' cannot flow to 'llm'");
  });

  test('hooks see whether an answer was kept, nobody else does', async () => {
    const { run } = script(
      `resume: auto\n${ASK}hook after @ask = [ show \`hit=@mx.checkpoint.hit\` ]\nvar @a = @ask("x")\nshow \`outside=@mx.checkpoint\`\n`,
    );
    expect((await run()).stdout).toMatch(/^hit=false\noutside=(?:null)?\n$/);
    expect((await run()).stdout).toMatch(/^hit=true\n/);
    const guarded = script(
      `${ASK}guard after @ask = when [ @mx.checkpoint == null => allow; * => deny "seen" ]\nshow @ask("x")\n`,
    );
    expect(await guarded.run()).toMatchObject({ code: 0 });
  });
});

describe('bundles', () => {
  test('started with node keep answers and use them, where their project is', async () => {
    const { cwd, calls, kept } = script(`resume: auto\n${TWO}`);
    fs.mkdirSync(path.join(cwd, 'node_modules'));
    fs.symlinkSync(root, path.join(cwd, 'node_modules/mlldc'));
    expect(await mlldc(['build', 'main.mld'], { cwd })).toMatchObject({ code: 0 });
    for (const expected of [['one', 'two'], []]) {
      expect(await node(['main.mjs'], { cwd })).toMatchObject({ code: 0, stdout: 'answer to one\nanswer to two\n' });
      expect(calls()).toEqual(expected);
    }
    await mlldc(['run', 'main.mjs', '--resume', '@ask:1'], { cwd });
    expect(calls()).toEqual(['two']);
    expect(fs.readdirSync(path.join(kept, 'results'))).toHaveLength(2);
  });

  test('without their project keep none', async () => {
    const { cwd, kept } = script(TWO);
    const elsewhere = directory();
    await mlldc(['build', 'main.mld', '-o', path.join(elsewhere, 'main.mjs')], { cwd });
    fs.rmSync(cwd, { recursive: true });
    fs.mkdirSync(path.join(elsewhere, 'node_modules'));
    fs.symlinkSync(root, path.join(elsewhere, 'node_modules/mlldc'));
    await node(['main.mjs'], { cwd: elsewhere });
    expect(fs.existsSync(kept)).toBe(false);
  });
});

describe('damage', () => {
  test('is an error for who asked for the answers, and set aside otherwise', async () => {
    const { run, calls, kept } = script(TWO);
    await run();
    calls();
    fs.writeFileSync(path.join(kept, 'manifest.json'), '{');
    const { code, stderr } = await run('--resume');
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('mlldc checkpoint clean main.mld'),
    });
    expect(calls()).toEqual([]);
    const next = await run();
    expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining('set aside') });
    expect(fs.existsSync(`${kept}.damaged`)).toBe(true);
  });

  test('of one answer costs one call', async () => {
    const { run, calls, kept } = script(TWO);
    await run();
    calls();
    const results = path.join(kept, 'results');
    fs.writeFileSync(path.join(results, fs.readdirSync(results)[0]!), 'x');
    const { code, stderr } = await run('--resume');
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('is damaged; the call is made again'),
    });
    expect(calls()).toHaveLength(1);
  });
});

describe('forks and the command', () => {
  test('--fork uses what another script kept and leaves it alone', async () => {
    const { cwd, run, calls } = script(TWO, { 'other.mld': `${ASK}show @ask("one")\nshow @ask("three")\n` });
    await run();
    calls();
    await mlldc(['run', 'other.mld', '--fork', 'main.mld'], { cwd });
    expect(calls()).toEqual(['three']);
    expect((await mlldc(['checkpoint', 'list', 'main.mld'], { cwd })).stdout).toMatch(/Total: 2\n$/);
    expect((await mlldc(['run', 'other.mld', '--fork', 'gone.mld'], { cwd })).stderr).toContain(
      "There are no checkpoints of 'gone.mld'; there are some of: main, other",
    );
  });

  test('list, inspect, clean', async () => {
    const { cwd, run, kept } = script(TWO);
    await run();
    const { stdout } = await mlldc(['checkpoint', 'list', 'main.mld'], { cwd });
    expect(stdout).toMatch(
      /^Checkpoint entries for main:\n- ask \| one \| sha256:[0-9a-f]{64}\n- ask \| two \| sha256:[0-9a-f]{64}\nTotal: 2\n$/,
    );
    const inspected = JSON.parse((await mlldc(['checkpoint', 'inspect', 'main.mld'], { cwd })).stdout);
    expect(inspected).toMatchObject({
      manifest: { namedCheckpoints: { mid: 1 }, totalCached: 2 },
      records: [{ fn: 'ask', invocationSite: 'main.mld#2:6', invocationIndex: 0 }, { executionOrder: 1 }],
    });
    expect(await mlldc(['checkpoint', 'clean', 'main.mld'], { cwd })).toMatchObject({ code: 0 });
    expect(fs.existsSync(kept)).toBe(false);
    expect(await mlldc(['checkpoint', 'list', 'main.mld'], { cwd })).toMatchObject({ code: 1 });
  });
});
