import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openDoor, project } from './support.js';

describe('exec.cmd', () => {
  test('answers raw stdout, stderr and exit code; a failing command is a value', async () => {
    const door = openDoor();
    const ok = await door.value('exec.cmd', { command: 'echo one; echo; echo err >&2' });
    expect(ok).toMatchObject({ exitCode: 0, stdout: 'one\n\n', stderr: 'err\n', cwd: door.dir });
    expect(ok.duration).toBeGreaterThanOrEqual(0);
    expect(await door.value('exec.cmd', { command: 'echo part; exit 3' })).toMatchObject({
      exitCode: 3,
      stdout: 'part\n',
    });
    expect(await door.value('exec.cmd', { command: 'kill -TERM $$' })).toMatchObject({
      exitCode: 143,
      signal: 'SIGTERM',
    });
  });

  test('passes quotes, newlines and characters outside ASCII unchanged', async () => {
    const door = openDoor();
    const { stdout } = await door.value('exec.cmd', {
      command: `printf '%s' 'a "b" $c \`d\` \\ é 漢 😀'\nprintf '%s' "it's"`,
    });
    expect(stdout).toBe(`a "b" $c \`d\` \\ é 漢 😀it's`);
  });

  test('marks the result with src:cmd and the program', async () => {
    const door = openDoor();
    const reply = await door.ask('exec.cmd', { command: 'X=1 echo secret' }, { command: { labels: ['secret'] } });
    expect(reply).toMatchObject({
      mark: { labels: ['secret'], taint: ['secret', 'src:cmd'], sources: ['command:echo'] },
    });
  });

  test('gives empty stdin unless there is some', async () => {
    const door = openDoor();
    expect((await door.value('exec.cmd', { command: 'cat' })).stdout).toBe('');
    expect((await door.value('exec.cmd', { command: 'cat', stdin: 'line\nline' })).stdout).toBe('line\nline');
    const large = 'x'.repeat(3_000_000);
    expect((await door.value('exec.cmd', { command: 'wc -c', stdin: large })).stdout.trim()).toBe('3000000');
    expect((await door.value('exec.cmd', { command: 'true', stdin: large })).exitCode).toBe(0);
  });

  test('runs commands that are longer than the system allows as an argument', async () => {
    const door = openDoor();
    const text = 'y'.repeat(300_000);
    const { stdout } = await door.value('exec.cmd', { command: `printf '%s' "${text}" | wc -c`, stdin: 'z' });
    expect(stdout.trim()).toBe('300000');
    const both = await door.value('exec.cmd', { command: `: "${text}"\ncat`, stdin: 'still here' });
    expect(both.stdout).toBe('still here');
  });

  test('collects 10 MB of output in linear time', async () => {
    const door = openDoor();
    const { stdout } = await door.value('exec.cmd', { command: 'head -c 10000000 /dev/zero | tr "\\0" x' });
    expect(stdout.length).toBe(10_000_000);
  });

  test('stops a flood of output with an error and ends the command', async () => {
    const door = openDoor({ limits: { output: 100_000 } });
    expect(await door.error('exec.cmd', { command: 'yes' })).toMatchObject({
      name: 'MlldCommandExecution',
      code: 'EXEC_OUTPUT_LIMIT',
      message: expect.stringContaining('100000'),
    });
  });

  test('ends a command at its time limit, with everything it started', async () => {
    const door = openDoor();
    const started = Date.now();
    expect(await door.error('exec.cmd', { command: 'sh -c "sleep 60 & wait"', timeout: 150 })).toMatchObject({
      code: 'EXEC_TIMEOUT',
    });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test('runs commands side by side', async () => {
    const door = openDoor();
    const started = Date.now();
    await Promise.all(Array.from({ length: 5 }, () => door.value('exec.cmd', { command: 'sleep 0.5' })));
    expect(Date.now() - started).toBeLessThan(1_900);
  });

  test('prints while it runs when it is streamed', async () => {
    const door = openDoor();
    const run = door.value('exec.cmd', { command: 'echo first; sleep 0.7; echo second', stream: true });
    await delay(450);
    expect(door.printed.stdout).toBe('first\n');
    expect((await run).stdout).toBe('first\nsecond\n');
    expect(door.printed.stdout).toBe('first\nsecond\n');
  });
});

describe('working directory', () => {
  test('is the script directory, or an absolute one, or ~', async () => {
    const door = openDoor({ environment: { ...process.env, HOME: '/' } });
    expect((await door.value('exec.cmd', { command: 'pwd -P' })).stdout.trim()).toBe(door.dir);
    expect((await door.value('exec.cmd', { command: 'pwd', cwd: '/usr' })).stdout.trim()).toBe('/usr');
    expect((await door.value('exec.sh', { shell: 'sh', code: 'pwd', cwd: '~' })).stdout.trim()).toBe('/');
  });

  test.each([
    ['sub', 'Working directory must start with "/".'],
    ['/no/such/place', 'Working directory does not exist: /no/such/place'],
    ['/etc/passwd', 'Working directory is not a directory: /etc/passwd'],
  ])('refuses %s', async (cwd, message) => {
    const door = openDoor();
    expect(await door.error('exec.cmd', { command: 'pwd', cwd })).toMatchObject({
      code: 'INVALID_WORKING_DIRECTORY',
      message,
    });
  });
});

describe('exec.sh', () => {
  test('runs in bash and passes parameters as variables', async () => {
    const door = openDoor();
    const value = `it's "quoted" $HOME \`x\`\nnext line`;
    const { stdout } = await door.value('exec.sh', {
      shell: 'bash',
      code: 'arr=(1 2 3); echo "${#arr[@]}"; printf "%s" "$p"',
      params: { p: value },
    });
    expect(stdout).toBe(`3\n${value}`);
  });

  test.each([100_000, 300_000, 2_500_000])('passes a value of %i characters', async (size) => {
    const door = openDoor();
    const value = `'${'v"$`\\'.repeat(size / 5)}'`;
    const { stdout } = await door.value('exec.sh', {
      shell: 'sh',
      code: 'printf "%s" "$big"; cat',
      params: { big: value },
      stdin: '<in>',
    });
    expect(stdout).toBe(`${value}<in>`);
  });

  test('passes many values that are only large together', async () => {
    const door = openDoor();
    const params = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`v${i}`, String(i).padEnd(50_000, '.')]));
    const { stdout } = await door.value('exec.sh', { shell: 'sh', code: 'echo ${#v0} ${#v31} ${#v59}', params });
    expect(stdout.trim()).toBe('50000 50000 50000');
  });

  test('refuses values no environment can hold', async () => {
    const door = openDoor();
    expect(await door.error('exec.sh', { shell: 'sh', code: 'true', params: { p: 'a\0b' } })).toMatchObject({
      code: 'EXEC_INVALID_ENV',
    });
    expect(await door.error('exec.sh', { shell: 'sh', code: 'true', params: { 'a=b': '' } })).toMatchObject({
      code: 'EXEC_INVALID_ENV',
    });
  });

  test('does not wait for a process left in the background, and close ends it', async () => {
    const door = openDoor();
    const started = Date.now();
    await door.value('exec.sh', { shell: 'sh', code: 'sleep 300 & echo $! > pid' });
    expect(Date.now() - started).toBeLessThan(5_000);
    const pid = Number(readFileSync(`${door.dir}/pid`, 'utf8'));
    expect(existsSync(`/proc/${pid}`) || alive(pid)).toBe(true);
    await door.close();
    expect(alive(pid)).toBe(false);
  });

  test('close ends what ignores SIGTERM, and nothing starts afterwards', async () => {
    const door = openDoor();
    const run = door.ask('exec.sh', {
      shell: 'bash',
      code: 'trap "" TERM; echo $$ > pid; while :; do sleep 0.1; done',
    });
    while (!existsSync(`${door.dir}/pid`)) await delay(20);
    await delay(50);
    await door.close();
    expect(alive(Number(readFileSync(`${door.dir}/pid`, 'utf8')))).toBe(false);
    expect(await run).toMatchObject({ value: { signal: 'SIGKILL' } });
    expect(await door.denial('exec.cmd', { command: 'true' })).toMatchObject({ code: 'DOOR_CLOSED' });
  });
});

describe('environment of children', () => {
  test('holds no start-up file: bash does not run .bashrc, neither directly nor below a command', async () => {
    const home = project({ '.bashrc': 'echo rc', '.profile': 'echo profile', '.bash_profile': 'echo profile' });
    const door = openDoor({
      environment: { PATH: process.env.PATH!, HOME: home, BASH_ENV: `${home}/.bashrc`, ENV: `${home}/.bashrc` },
    });
    expect((await door.value('exec.sh', { shell: 'bash', code: 'echo body' })).stdout).toBe('body\n');
    expect((await door.value('exec.cmd', { command: "bash -c 'echo body'" })).stdout).toBe('body\n');
  });

  const environment = { ...process.env, OPENAI_API_KEY: 'sk-1', CUSTOM: 'c', MLLD_X: 'm', LC_TIME: 'C' };

  test('has no secret of the parent, but what programs need', async () => {
    const door = openDoor({ environment });
    const { stdout } = await door.value('exec.cmd', { command: 'env' });
    expect(stdout).not.toContain('OPENAI_API_KEY');
    expect(stdout).not.toContain('CUSTOM');
    expect(stdout).toContain('PATH=');
    expect(stdout).toContain('MLLD_X=m');
    expect(stdout).toContain('LC_TIME=C');
    const py = await door.value('exec.py', {
      code: 'import os\nprint(os.environ.get("OPENAI_API_KEY"))',
      params: [],
      values: {},
    });
    expect(py.stdout).toBe('None\n');
    const node = await door.value('exec.node', {
      code: 'process.env.OPENAI_API_KEY ?? null',
      params: [],
      values: {},
      scope: 'm',
    });
    expect(node.value).toBeNull();
  });

  test('has what the configuration allows, the program passes and the program sets', async () => {
    const door = openDoor({ environment, files: { 'mlld-config.json': '{"security":{"allowedEnvVars":["CUSTOM"]}}' } });
    await door.value('env.set', { name: 'SET_HERE', text: 's' });
    const { stdout } = await door.value('exec.cmd', {
      command: 'echo "$CUSTOM $GIVEN $SET_HERE $OPENAI_API_KEY"',
      env: { GIVEN: 'g' },
    });
    expect(stdout).toBe('c g s \n');
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has reaped is gone for all purposes.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('a command gets the terminal only in a run that was given it', async () => {
  const door = openDoor();
  expect(await door.error('exec.cmd', { command: 'echo x', terminal: true })).toMatchObject({
    code: 'TERMINAL_DENIED',
  });
});
