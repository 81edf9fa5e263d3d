/** The local provider and the process groups everything runs in, with real processes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isHostAllowed, isMachineLocal } from '../../runtime/host/isolation/hosts.js';
import {
  type Box,
  builtinProviders,
  chooseProvider,
  IsolationError,
  type Limits,
  LocalProvider,
  minimalEnvironment,
  type RunOptions,
  runPlan,
  UNRESTRICTED,
} from '../../runtime/host/isolation/index.js';
import { makeScratchFolder } from '../../runtime/host/isolation/scratch.js';
import { running, sourceUrl, startNode, until } from './processes.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'local-test-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(script: string, limits: Limits = {}, options: RunOptions = {}) {
  const plan = await new LocalProvider().wrap(
    { argv: ['sh', '-c', script], cwd: folder, env: minimalEnvironment() },
    { ...UNRESTRICTED, limits },
  );
  return runPlan(plan, options);
}

describe('the local provider', () => {
  it('runs in the given directory with stdin, both streams and the exit code', async () => {
    const result = await run('pwd; cat; echo oops >&2; exit 3', {}, { stdin: 'typed' });
    expect(result.stdout.toString()).toBe(`${folder}\ntyped`);
    expect(result.stderr.toString()).toBe('oops\n');
    expect(result).toMatchObject({ exitCode: 3, signal: null, ended: null });
  });

  it('gives arguments to the program untouched', async () => {
    const argv = ['printf', '%s|', 'a b', '$(id)', '`id`', '\'"', '', 'ü\n'] as [string, ...string[]];
    const plan = await new LocalProvider().wrap({ argv, cwd: folder, env: minimalEnvironment() }, UNRESTRICTED);
    expect((await runPlan(plan)).stdout.toString()).toBe('a b|$(id)|`id`|\'"||ü\n|');
  });

  it('hands on no environment variable that was not given', async () => {
    process.env.SECRET_TOKEN = 'hunter2';
    try {
      expect((await run('env')).stdout.toString()).not.toContain('hunter2');
      expect(minimalEnvironment({ A: '1' }, { PATH: '/bin', AWS_KEY: 'x', LC_ALL: 'C', F: '() { :; }' })).toEqual({
        PATH: '/bin',
        LC_ALL: 'C',
        A: '1',
      });
    } finally {
      delete process.env.SECRET_TOKEN;
    }
  });

  it('refuses a box it cannot enforce', async () => {
    const closed: Box = { ...UNRESTRICTED, net: 'none' };
    await expect(new LocalProvider().wrap({ argv: ['true'], cwd: folder, env: {} }, closed)).rejects.toThrow(
      IsolationError,
    );
    const provider = await chooseProvider(UNRESTRICTED, builtinProviders());
    expect(provider.name).toBe('local');
  });

  it('names a program that is not there', async () => {
    const wrapped = new LocalProvider().wrap(
      { argv: ['no-such-program-x'], cwd: folder, env: minimalEnvironment() },
      UNRESTRICTED,
    );
    await expect(wrapped).rejects.toThrow('Command not found: no-such-program-x');
  });
});

describe('limits', () => {
  it('end the whole group when time is up, children that ignore signals included', async () => {
    const started = Date.now();
    const result = await run('trap "" TERM; sleep 3131 & sleep 3131', { timeMs: 300 });
    expect(result.ended).toBe('time');
    expect(Date.now() - started).toBeLessThan(3000);
    expect(running('sleep 3131')).toBe(false);
  });

  it('end a flood of output with bounded memory', async () => {
    const result = await run('yes', { outputBytes: 1_000_000 });
    expect(result.ended).toBe('output');
    expect(result.stdout.length).toBeLessThanOrEqual(1_000_000);
    expect(running('yes')).toBe(false);
  });

  it('end when the caller aborts', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    expect((await run('sleep 3132', {}, { signal: controller.signal })).ended).toBe('aborted');
    expect(running('sleep 3132')).toBe(false);
  });
});

describe('process groups', () => {
  it('take background processes with them when the leader has ended', async () => {
    const result = await run('sleep 3133 & echo done');
    expect(result.stdout.toString()).toBe('done\n');
    expect(running('sleep 3133')).toBe(false);
  });

  it('do not wait for a process that left the group but holds the output open', async () => {
    const started = Date.now();
    const result = await run('setsid sleep 4 & echo done');
    expect(result.stdout.toString()).toBe('done\n');
    expect(Date.now() - started).toBeLessThan(3500);
  });

  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'end when their parent dies of %s',
    async (signal) => {
      const mark = { SIGKILL: 5151, SIGINT: 5152, SIGTERM: 5153 }[signal];
      const parent = path.join(folder, 'parent.mjs');
      writeFileSync(
        parent,
        `import { LocalProvider, runPlan, minimalEnvironment, UNRESTRICTED } from ${JSON.stringify(sourceUrl('runtime/host/isolation/index.ts'))};
       const plan = await new LocalProvider().wrap({ argv: ['sh', '-c', 'sleep ${mark} & sleep ${mark}'], cwd: '/', env: minimalEnvironment() }, UNRESTRICTED);
       await runPlan(plan);`,
      );
      const child = startNode(parent);
      await until(() => running(`sleep ${mark}`));
      child.kill(signal);
      await until(() => !running(`sleep ${mark}`));
      expect(running(`sleep ${mark}`)).toBe(false);
    },
    20_000,
  );
});

describe('scratch folders', () => {
  it('of killed processes are removed when they are old, others are not', () => {
    const { pid } = spawnSync('true');
    const [old, young, foreign] = [`mlldc-jail-${pid}-abcdef`, `mlldc-jail-${pid}-ghijkl`, 'mlldc-jail-other'].map(
      (name) => path.join(tmpdir(), name),
    );
    for (const each of [old!, young!, foreign!]) mkdirSync(each, { recursive: true });
    for (const each of [old!, foreign!]) utimesSync(each, 0, 0);
    const made = makeScratchFolder('test');
    expect([old!, young!, foreign!, made].map((each) => existsSync(each))).toEqual([false, true, true, true]);
    expect(statSync(made).mode & 0o077).toBe(0);
    for (const each of [young!, foreign!, made]) rmSync(each, { recursive: true });
  });
});

describe('the network allow list', () => {
  it('matches hosts, ports, subdomains and addresses', () => {
    const allow = ['example.com', '*.corp.net', 'api.x:8443', '10.0.0.1', '[::1]:80', 'https://site.org/path'];
    const reached = (host: string, port = 443) => isHostAllowed(allow, host, port);
    for (const host of ['example.com', 'EXAMPLE.com.', 'a.corp.net', 'a.b.corp.net', '10.0.0.1', 'site.org'])
      expect(reached(host), host).toBe(true);
    for (const host of [
      'corp.net',
      'evilcorp.net',
      'example.com.evil',
      'notexample.com',
      'api.x',
      '10.0.0.10',
      '.corp.net',
      '',
    ])
      expect(reached(host), host).toBe(false);
    expect(reached('api.x', 8443)).toBe(true);
    expect(reached('::1', 80)).toBe(true);
    expect(reached('::1', 81)).toBe(false);
  });

  it('knows the addresses of this machine and of cloud metadata', () => {
    for (const address of [
      '127.0.0.1',
      '127.9.9.9',
      '0.0.0.0',
      '169.254.169.254',
      '::1',
      '::ffff:127.0.0.1',
      'fe80::1',
    ])
      expect(isMachineLocal(address), address).toBe(true);
    for (const address of ['10.0.0.1', '93.184.216.34', '2606:4700::1111'])
      expect(isMachineLocal(address), address).toBe(false);
  });
});
