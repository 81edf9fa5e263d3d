import { describe, expect, it } from 'vitest';
import { directory, mlldc } from './harness.js';

describe('where the script comes from', () => {
  const hello = { code: 0, stdout: 'hello\n', stderr: '' };

  it('a file, with and without the word run', async () => {
    const cwd = directory({ 'hello.mld': 'show "hello"\n' });
    expect(await mlldc(['run', 'hello.mld'], { cwd })).toMatchObject(hello);
    expect(await mlldc(['hello.mld'], { cwd })).toMatchObject(hello);
  });

  it('standard input', async () => {
    expect(await mlldc(['-'], { input: 'show "hello"\n' })).toMatchObject(hello);
    expect(await mlldc(['run', '-'], { input: 'show "hello"\n' })).toMatchObject(hello);
  });

  it('the command line', async () => {
    expect(await mlldc(['-e', 'show "hello"'])).toMatchObject(hello);
    expect(await mlldc(['run', '--eval', 'show "hello"'])).toMatchObject(hello);
  });

  it('markdown, by the name of the file or on demand', async () => {
    const source = 'Text that is not a directive.\n\n/show "hello"\n';
    const cwd = directory({ 'a.md': source, 'b.mld.md': source });
    expect(await mlldc(['run', 'a.md'], { cwd })).toMatchObject(hello);
    expect(await mlldc(['run', 'b.mld.md'], { cwd })).toMatchObject(hello);
    expect(await mlldc(['-', '--md'], { input: source })).toMatchObject(hello);
  });

  it('a byte order mark is not part of it', async () => {
    const cwd = directory({ 'bom.mld': '\uFEFFshow "hello"\n' });
    expect(await mlldc(['run', 'bom.mld'], { cwd })).toMatchObject(hello);
  });
});

describe('flags of the script', () => {
  const show = (field: string) => ['-e', `show \`[@payload.${field}]\``];

  it.each([
    ['--topic news', 'topic', ['--topic', 'news'], 'news'],
    ['--topic=news', 'topic', ['--topic=news'], 'news'],
    ['a flag alone', 'verbose', ['--verbose'], 'true'],
    ['a flag before another', 'verbose', ['--verbose', '--topic', 'x'], 'true'],
    ['a single letter', 'n', ['-n', '3'], '3'],
    ['a negative number', 'n', ['--n', '-3.5'], '-3.5'],
    ['the camel-case name', 'myFlag', ['--my-flag', '3'], '3'],
    ['an empty value', 'topic', ['--topic='], ''],
    ['the last of several', 'n', ['--n', '1', '--n', '2'], '2'],
    ['a name mlldc has', 'version', ['--version', '2'], '2'],
    ['a name run has, after --', 'timeout', ['--', '--timeout', '9'], '9'],
    ['a name objects have', 'constructor', ['--constructor', 'x'], 'x'],
  ])('%s', async (_, field, flags, value) => {
    expect(await mlldc([...show(field), ...flags])).toMatchObject({ code: 0, stdout: `[${value}]\n`, stderr: '' });
  });

  it('a hyphenated name is there as written, too', async () => {
    const { stdout } = await mlldc(['-e', 'show @payload["my-flag"]', '--my-flag', '3']);
    expect(stdout).toBe('3\n');
  });

  it('values are strings', async () => {
    const { stdout } = await mlldc(['-e', 'show @typeof(@payload.n)', '--n', '3']);
    expect(stdout).toBe('string\n');
  });

  it('options of mlldc are not the script’s, wherever they stand', async () => {
    const { stdout } = await mlldc(['-e', 'show @payload', '--topic', 'x', '--timeout', '20s', '--memory', '256mb']);
    expect(stdout).toBe('{"topic": "x"}\n');
  });
});

describe('exit codes and errors', () => {
  it('a syntax error is shown with its place and ends with 1', async () => {
    const cwd = directory({ 'bad.mld': 'show "a"\nvar @x = \n' });
    const { code, stdout, stderr } = await mlldc(['run', 'bad.mld'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(' mlld error ');
    expect(stderr).toContain('MlldParse: Parse error: ');
    expect(stderr).toMatch(/bad\.mld:\d:\d/);
  });

  it('all syntax errors of a file are shown in one run', async () => {
    const { code, stderr } = await mlldc(['-e', 'var @1 = 2\nshow "a"\nvar @2 = 3\n']);
    expect(code).toBe(1);
    expect(stderr.match(/ mlld error /g)).toHaveLength(2);
  });

  it('an error at run time keeps what was printed before and ends with 1', async () => {
    const cwd = directory({ 'fails.mld': 'show "before"\nexe @f() = js { throw new Error("no luck") }\nshow @f()\n' });
    const { code, stdout, stderr } = await mlldc(['run', 'fails.mld'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'before\n' });
    expect(stderr).toContain('no luck');
    expect(stderr).toMatch(/fails\.mld:2:/);
  });

  it('bail ends with 1', async () => {
    const { code, stderr } = await mlldc(['-e', 'bail "enough"']);
    expect(code).toBe(1);
    expect(stderr).toContain('enough');
  });

  it('errors and log lines do not mix with results', async () => {
    const { stdout, stderr } = await mlldc(['-e', 'log "note"\nshow "result"']);
    expect({ stdout, stderr }).toEqual({ stdout: 'result\n', stderr: 'note\n' });
  });

  it('a reader that goes away ends the run quietly', async () => {
    const cwd = directory({ 'many.mld': 'exe @many() = js { return "line\\n".repeat(200000) }\nshow @many()\n' });
    const { spawnSync } = await import('node:child_process');
    const { cli } = await import('./harness.js');
    const piped = `"${process.execPath}" "${cli}" many.mld | head -n 1`;
    const { stdout, stderr, status } = spawnSync('bash', ['-c', piped], { cwd, encoding: 'utf8' });
    expect({ stdout, stderr, status }).toEqual({ stdout: 'line\n', stderr: '', status: 0 });
  });
});

describe('limits', () => {
  it('--timeout ends a run that waits, with what it started', async () => {
    const { code, stderr, took } = await mlldc(['-e', 'run cmd { sleep 20 }', '--timeout', '1s']);
    expect(code).toBe(1);
    expect(stderr).toContain('did not finish within 1 s');
    expect(took).toBeLessThan(10_000);
  });

  it('--cpu-timeout ends a loop that never does', async () => {
    const spin = 'exe @spin() = js { while (true) {} }\nshow @spin()';
    const { code, stderr, took } = await mlldc(['-e', spin, '--cpu-timeout', '500ms']);
    expect(code).toBe(1);
    expect(stderr).toContain('computed for 500 ms');
    expect(took).toBeLessThan(10_000);
  });

  it('--memory bounds what a script may use', async () => {
    const grow =
      'exe @grow() = js { const all = []; while (true) all.push("x".repeat(1e6) + all.length) }\nshow @grow()';
    const { code, stderr } = await mlldc(['-e', grow, '--memory', '64mb', '--timeout', '20s']);
    expect(code).toBe(1);
    expect(stderr).toContain('memory');
  });
});

describe('--no-stream', () => {
  it('prints the document of a markdown script, with its text', async () => {
    const source = '# Title\n\n/show "value"\n';
    const streamed = await mlldc(['-', '--md'], { input: source });
    expect(streamed.stdout).toBe('value\n');
    const whole = await mlldc(['-', '--md', '--no-stream'], { input: source });
    expect(whole.stdout.trim()).toBe('# Title\n\nvalue');
    const byVariable = await mlldc(['-', '--md'], { input: source, env: { MLLD_NO_STREAMING: 'true' } });
    expect(byVariable.stdout).toBe(whole.stdout);
  });
});
