/** Variables a program gives its children (runtime/host/bindings/exec/exported.ts). */

import { describe, expect, test, vi } from 'vitest';
import type { MarkParts } from '../../runtime/shared/marks.js';
import { parsePolicy } from '../../runtime/shared/policy/schema.js';
import { openDoor, type TestDoor } from './support.js';

const markOf = (reply: unknown) => (reply as { mark?: MarkParts }).mark;

async function allow(source: Record<string, unknown>): Promise<TestDoor> {
  const door = openDoor();
  const parsed = parsePolicy(source, 'p');
  if ('errors' in parsed) throw new Error(JSON.stringify(parsed.errors));
  await door.value('policy.add', { policy: JSON.parse(JSON.stringify(parsed.policy)) });
  return door;
}

describe('what a program puts into the environment', () => {
  test('is an input of every child that follows, and of who asks for it', async () => {
    const door = openDoor();
    expect(markOf(await door.ask('exec.cmd', { command: 'echo' }))).not.toHaveProperty('labels');
    await door.ask('env.set', { name: 'KEY', text: 'k' }, { text: { labels: ['pii'], sources: ['vault'] } });
    await door.ask('env.set', { name: 'OTHER', text: 'o' }, { text: { labels: ['secret'] } });
    const both = { labels: ['pii', 'secret'], sources: expect.arrayContaining(['vault']) };
    expect(markOf(await door.ask('exec.cmd', { command: 'echo $KEY' }))).toMatchObject(both);
    expect(markOf(await door.ask('exec.sh', { shell: 'sh', code: 'env' }))).toMatchObject(both);
    expect(
      markOf(await door.ask('exec.node', { code: 'return 1', params: [], values: {}, scope: 'm0' })),
    ).toMatchObject(both);
    expect(markOf(await door.ask('env.get', { names: ['KEY'] }))).toMatchObject({
      labels: ['pii'],
      sources: ['vault', 'input'],
    });
    expect(markOf(await door.ask('env.get', { names: ['HOME'] }))).not.toHaveProperty('labels');
  });

  test('is judged before a child gets it', async () => {
    const door = await allow({ labels: { secret: { deny: ['op:cmd'] } } });
    await door.ask('env.set', { name: 'KEY', text: 'k' }, { text: { labels: ['secret'] } });
    expect(await door.denial('exec.cmd', { command: 'printenv KEY' })).toMatchObject({
      message: expect.stringContaining("Label 'secret' cannot flow to 'op:cmd'"),
    });
  });
});

test('what a node body prints by itself is kept back where policies forbid to log it', async () => {
  const door = await allow({ labels: { pii: { deny: ['op:log'] } } });
  const say = (text: string, labels: string[]) =>
    door.ask(
      'exec.node',
      {
        code: 'await new Promise((done) => process.stderr.write(text, done)); return 1',
        params: ['text'],
        values: { text },
        scope: labels.join(),
      },
      { values: { labels } },
    );
  await say('plain ', []);
  await say('zebra ', ['pii']);
  await say('plain ', []);
  await vi.waitFor(() => expect(door.printed.stderr).toBe('plain plain '));
});

describe('a variable that decides what names mean', () => {
  const LISTED = { allow: { cmd: ['cat'], node: true, py: true } };
  const PATH = { PATH: "./it's" };

  test('is refused where commands are listed, whichever way it is set', async () => {
    const door = await allow(LISTED);
    const node = { code: '1', params: [], values: {} };
    for (const [op, args] of [
      ['env.set', { name: 'PATH', text: './bin' }],
      ['exec.cmd', { command: 'cat', env: PATH }],
      ['exec.node', { ...node, scope: 'm0', env: { NODE_OPTIONS: '--require ./x.js' } }],
      ['exec.py', { ...node, env: { PYTHONPATH: '.' } }],
    ] as const)
      expect([op, (await door.denial(op, args)).code]).toEqual([op, 'POLICY_CAPABILITY_DENIED']);
    expect(await door.value('env.set', { name: 'NAME', text: './bin' })).toBeNull();
    expect(await door.value('exec.cmd', { command: 'cat', env: { NAME: './bin' } })).toMatchObject({ exitCode: 0 });
  });

  test('is a command where it names one', async () => {
    const door = await allow({ deny: { cmd: ['ls'] } });
    const script = { shell: 'sh', code: 'echo' };
    expect(await door.denial('exec.sh', { ...script, params: { PAGER: 'ls -l' } })).toMatchObject({
      message: expect.stringContaining("Command 'ls' denied by policy"),
    });
    expect(await door.value('exec.sh', { ...script, params: { PAGER: 'less' } })).toMatchObject({ exitCode: 0 });
  });
});
