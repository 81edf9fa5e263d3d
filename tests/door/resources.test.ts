/** `limits` of a box: what children may take of the machine, with real children that take too much. */

import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../runtime/host/isolation/index.js';
import { parsePolicy } from '../../runtime/shared/policy/schema.js';
import { running, until } from '../isolation/processes.js';
import { openDoor } from './support.js';

const has = (program: string) => findProgram(program, process.env, '/') !== null;
const PROVIDERS = ['local', ...(has('bwrap') ? ['sandbox'] : [])];

/** Runs a script in a box of the provider with these limits. */
const script = (provider: string, limits: Record<string, number>, code: string, more: Record<string, unknown> = {}) =>
  openDoor().ask('exec.sh', { shell: 'sh', code, params: {}, box: { provider, limits, ...more } });

/** Of this process's tests alone: others may run beside them. */
const SLEEP = `sleep 4747.${process.pid}`;

/** What was killed is gone soon, not at once. */
async function ended(): Promise<void> {
  await until(() => !running(SLEEP));
  expect(running(SLEEP)).toBe(false);
}

const TOO_MUCH = { error: { code: 'EXEC_RESOURCE_LIMIT' } };

describe.skipIf(process.platform !== 'linux' || !has('prlimit'))('children in a box', () => {
  it.each(PROVIDERS)('end as a whole when they are too many (%s)', async (provider) => {
    // Five hundred at most, whatever becomes of the limit.
    const bomb = `i=0; while [ $i -lt 500 ]; do ${SLEEP} & i=$((i+1)); done; wait`;
    expect(await script(provider, { processes: 60 }, bomb)).toMatchObject({
      ...TOO_MUCH,
      error: { details: { limit: 60 } },
    });
    await ended();
  });

  it.each(PROVIDERS)('end when they fill the memory together (%s)', async (provider) => {
    const one = 'node -e "const a = Buffer.alloc(60e6, 1); setTimeout(() => a, 5000)"';
    const code = `${`${one} & `.repeat(5)}wait`;
    expect(await script(provider, { memoryBytes: 250_000_000 }, code)).toMatchObject(TOO_MUCH);
  });

  it.each(PROVIDERS)('share memory that counts once (%s)', async (provider) => {
    const code = `python3 -c '
import os, time
data = bytearray(b"x" * 100000000)
for i in range(5):
    if os.fork() == 0:
        time.sleep(1)
        os._exit(0)
for i in range(5): os.wait()
print("done")'`;
    expect(await script(provider, { memoryBytes: 300_000_000 }, code)).toMatchObject({ value: { stdout: 'done\n' } });
  });

  it.each(PROVIDERS)('are refused memory by the kernel, each by itself (%s)', async (provider) => {
    const code = 'node -e "Buffer.alloc(400e6); console.log(1)" 2>&1 | grep -o "allocation failed"';
    expect(await script(provider, { memoryBytes: 300_000_000 }, code)).toMatchObject({
      value: { stdout: 'allocation failed\n' },
    });
  });

  it.each(PROVIDERS)('write no file that is larger (%s)', async (provider) => {
    const code = 'head -c 50000 /dev/zero > big; wc -c < big; rm big';
    expect(await script(provider, { fileBytes: 10_000 }, code)).toMatchObject({ value: { stdout: '10000\n' } });
  });

  it.each(PROVIDERS)('open no more files (%s)', async (provider) => {
    const code = 'for i in 3 4 5 6 7 8 9; do eval "exec $i</dev/null" 2>/dev/null || break; done; echo $i';
    const free = await script(provider, {}, code);
    expect(free).toMatchObject({ value: { stdout: '9\n' } });
    expect(await script(provider, { openFiles: 6 }, code)).not.toMatchObject({ value: { stdout: '9\n' } });
  });

  it('that are node end, and the next body has a new one', async () => {
    const door = openDoor();
    const box = { limits: { memoryBytes: 200_000_000 } };
    const run = (code: string) => door.ask('exec.node', { code, params: [], values: {}, scope: 'm', box });
    const spawn =
      'const { spawn } = require("child_process"); for (let i = 0; i < 4; i++) spawn(process.execPath, ["-e", "const a = Buffer.alloc(60e6, 1); setTimeout(() => a, 5000)"]); await new Promise(() => {})';
    expect(await run(spawn)).toMatchObject(TOO_MUCH);
    expect(await run('return 1')).toMatchObject({ value: { value: 1 } });
  });

  it('end when they take more than a policy permits, in a box or not, and the policy is named', async () => {
    const door = openDoor();
    const parsed = parsePolicy({ limits: { processes: 40 } }, 'tight');
    await door.value('policy.add', { policy: 'policy' in parsed && parsed.policy });
    const code = `i=0; while [ $i -lt 200 ]; do ${SLEEP} & i=$((i+1)); done; wait`;
    for (const more of [{}, { box: { limits: { processes: 300 } } }])
      expect(await door.denial('exec.sh', { shell: 'sh', code, params: {}, ...more })).toMatchObject({
        code: 'POLICY_LIMIT_EXCEEDED',
        message: expect.stringContaining('limits.processes'),
      });
    await ended();
    const box = { limits: { processes: 20 } };
    const reply = await door.ask('exec.sh', { shell: 'sh', code, params: {}, box });
    expect(reply).toMatchObject(TOO_MUCH);
  });

  it('run as ever within generous limits', async () => {
    const door = openDoor();
    const limits = { memoryBytes: 2e9, processes: 500, fileBytes: 1e8, openFiles: 500 };
    for (const provider of PROVIDERS) {
      const box = { provider, limits };
      expect(
        await door.ask('exec.node', {
          code: 'new WebAssembly.Memory({ initial: 9 }) && 7',
          params: [],
          values: {},
          scope: provider,
          box,
        }),
      ).toMatchObject({ value: { value: 7 } });
      expect(await door.ask('exec.py', { code: 'print(7)', params: [], values: {}, box })).toMatchObject({
        value: { stdout: '7\n' },
      });
    }
  });
});

describe.skipIf(!has('bwrap'))('a jail', () => {
  it('has room in memory for what it writes, and no more', async () => {
    const code = [
      'head -c 300000000 /dev/zero > /dev/shm/x',
      'head -c 30000000 /dev/zero > /run/x',
      '(echo x > /dev/y) && echo written',
      'echo x > /dev/null && echo nothing',
      'echo $(stat -c %s /dev/shm/x /run/x)',
    ].join(' 2>/dev/null\n');
    const door = openDoor();
    mkdirSync(`${door.dir}/shown`);
    const box = { provider: 'sandbox', fs: { read: [`${door.dir}/shown`] } };
    const reply = await door.ask('exec.sh', { shell: 'sh', code, params: {}, box });
    expect(reply).toMatchObject({ value: { stdout: `nothing\n${256 * 1024 * 1024} ${16 * 1024 * 1024}\n` } });
  });

  it('with a list of hosts runs code with its body and its values', async () => {
    const door = openDoor();
    const box = { net: ['example.com'] };
    const node = { code: 'return x + 1', params: ['x'], values: { x: 1 }, scope: 'm', box };
    expect(await door.ask('exec.node', node)).toMatchObject({ value: { value: 2 } });
    const py = { code: 'print(x + 1)', params: ['x'], values: { x: 1 }, box };
    expect(await door.ask('exec.py', py)).toMatchObject({ value: { stdout: '2\n' } });
    expect(await door.ask('exec.cmd', { command: 'echo plain', box })).toMatchObject({ value: { stdout: 'plain\n' } });
  });
});
