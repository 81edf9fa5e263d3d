/** `limits` of policies at the door (security.md 5.2). */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../runtime/shared/policy/schema.js';
import { openDoor, type TestDoor } from './support.js';

async function limited(...limits: Record<string, number>[]): Promise<TestDoor> {
  const door = openDoor();
  for (const [i, each] of limits.entries()) {
    const parsed = parsePolicy({ limits: each }, `p${i}`);
    if (!('policy' in parsed)) throw new Error('no policy');
    await door.value('policy.add', { policy: parsed.policy });
  }
  return door;
}

const late = (name = 'p0', ms = 200) => ({
  code: 'POLICY_LIMIT_EXCEEDED',
  rule: 'limits.timeout',
  message: expect.stringMatching(
    new RegExp(`Blocked by: Policy ${name}\\n[^]*It took longer than limits.timeout permits \\(${ms} ms\\)`),
  ),
});

describe('limits.timeout', () => {
  test.each([
    ['exec.cmd', { command: 'sleep 20' }],
    ['exec.sh', { shell: 'sh', code: 'sleep 20; echo done' }],
    ['exec.py', { code: 'import time; time.sleep(20)', params: [], values: {} }],
    ['exec.node', { code: 'await new Promise((r) => setTimeout(r, 20000))', params: [], values: {}, scope: 'm' }],
  ])('ends %s', async (op, args) => {
    const door = await limited({ timeout: 200 });
    expect(await door.denial(op, args)).toMatchObject(late());
  });

  test('ends a request', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    const door = await limited({ timeout: 200 });
    const { port } = await new Promise<AddressInfo>((resolve) =>
      server.on('listening', () => resolve(server.address() as AddressInfo)),
    );
    expect(await door.denial('net.fetch', { url: `http://127.0.0.1:${port}/` })).toMatchObject(late());
    server.closeAllConnections();
    server.close();
  });

  test('kills the command with all it started', async () => {
    const door = await limited({ timeout: 200 });
    await door.denial('exec.sh', { shell: 'sh', code: '(sleep 1; echo x > late.txt) & wait' });
    expect(await door.value('exec.sh', { shell: 'sh', code: 'ls' })).toMatchObject({ stdout: '' });
  });

  test('is the strictest one', async () => {
    const door = await limited({ timeout: 9000 }, { timeout: 200 }, { maxTokens: 5 });
    expect(await door.denial('exec.cmd', { command: 'sleep 20' })).toMatchObject(late('p1'));
  });

  test('does not lengthen what a command is given anyway', async () => {
    const door = await limited({ timeout: 9000 });
    expect(await door.error('exec.cmd', { command: 'sleep 20', timeout: 100 })).toMatchObject({ code: 'EXEC_TIMEOUT' });
  });

  test('of 0 permits nothing, and none permits all', async () => {
    const door = await limited({ timeout: 0 });
    expect(await door.denial('exec.cmd', { command: 'true' })).toMatchObject({
      message: expect.stringContaining('limits.timeout (0 ms) permits nothing to run'),
    });
    expect(await door.value('file.write', { path: 'a', text: 'x' })).toMatchObject({ changeType: 'created' });
    expect(await (await limited({})).value('exec.cmd', { command: 'true' })).toMatchObject({ exitCode: 0 });
  });
});

describe('limits.maxTokens', () => {
  const ask = (door: TestDoor, command: string, labels = ['llm']) => door.ask('exec.cmd', { command, labels });

  test('refuses what a model is given too much of, before it runs', async () => {
    const door = await limited({ maxTokens: 10 });
    expect(await ask(door, `touch ran ${'x'.repeat(40)}`)).toMatchObject({
      denied: {
        code: 'POLICY_LIMIT_EXCEEDED',
        rule: 'limits.maxTokens',
        message: expect.stringContaining('The call was given about 13 tokens, more than limits.maxTokens (10)'),
      },
    });
    expect(await door.value('exec.sh', { shell: 'sh', code: 'ls' })).toMatchObject({ stdout: '' });
  });

  test('refuses an answer that is too long', async () => {
    const door = await limited({ maxTokens: 10 });
    expect(await ask(door, 'printf %060d 1')).toMatchObject({ denied: { rule: 'limits.maxTokens' } });
    expect(await ask(door, 'printf %010d 1')).toMatchObject({ value: { stdout: '0000000001' } });
  });

  test('is about models', async () => {
    const door = await limited({ maxTokens: 1 });
    expect(await ask(door, 'printf %0100d 1', [])).toMatchObject({ value: { exitCode: 0 } });
  });
});
