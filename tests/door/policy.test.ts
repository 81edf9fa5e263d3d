import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../runtime/shared/policy/schema.js';
import { openDoor, project, type TestDoor } from './support.js';

async function withPolicy(door: TestDoor, source: Record<string, unknown>): Promise<TestDoor> {
  const parsed = parsePolicy(source, 'p');
  if ('errors' in parsed) throw new Error(JSON.stringify(parsed.errors));
  await door.value('policy.add', { policy: JSON.parse(JSON.stringify(parsed.policy)) });
  return door;
}

describe('a policy at the door', () => {
  test('denies commands, also inside scripts, before anything runs', async () => {
    const door = await withPolicy(openDoor(), { deny: { cmd: ['touch'] } });
    expect(await door.denial('exec.cmd', { command: 'touch made' })).toMatchObject({
      code: 'POLICY_CAPABILITY_DENIED',
      rule: 'deny.cmd',
      message: expect.stringContaining("Command 'touch' denied by policy"),
    });
    expect(await door.denial('exec.sh', { shell: 'sh', code: 'echo x; /usr/bin/touch made' })).toMatchObject({
      code: 'POLICY_CAPABILITY_DENIED',
    });
    expect(readdirSync(door.dir)).toEqual([]);
    expect(await door.value('exec.cmd', { command: 'echo ok' })).toMatchObject({ stdout: 'ok\n' });
  });

  test('quotes the command of a block, and nothing where a secret went in', async () => {
    const door = await withPolicy(openDoor(), { deny: { cmd: ['touch'] } });
    const args = { shell: 'sh', code: 'touch TOPSECRET' };
    expect((await door.denial('exec.sh', args)).message).toContain('in shell block (matched: touch TOPSECRET)');
    const reply = await door.ask('exec.sh', args, { code: { labels: ['secret'] } });
    expect(JSON.stringify(reply)).not.toContain('TOPSECRET');
  });

  test('asks about the files and pages a program was linked with', async () => {
    const door = await withPolicy(openDoor({ files: { 'lib.mld': '' } }), {
      capabilities: { allow: ['fs:r:@root/lib.mld'] },
    });
    expect(await door.ask('file.linked', { location: join(door.dir, 'lib.mld') })).toMatchObject({
      value: [join(door.dir, 'lib.mld')],
      mark: { taint: expect.arrayContaining(['src:file', `dir:${door.dir}`]), sources: [join(door.dir, 'lib.mld')] },
    });
    expect(await door.denial('file.linked', { location: join(door.dir, 'other.mld') })).toMatchObject({
      message: expect.stringContaining('Filesystem read denied by policy'),
    });
    expect(await door.denial('file.linked', { location: 'https://example.com/lib.mld' })).toMatchObject({
      message: expect.stringContaining('Network access denied by policy'),
    });
  });

  test('counts a served module as the program that serves it', async () => {
    const door = await withPolicy(openDoor({ files: { 'tools.mld': '' } }), {
      capabilities: { allow: ['cmd:echo:*'] },
    });
    expect(await door.denial('mcp.connect', { server: './tools.mld' })).toMatchObject({
      message: expect.stringContaining("Command 'mlldc' denied by policy"),
    });
  });

  test('denies whole languages, packages included', async () => {
    const door = await withPolicy(openDoor(), { deny: { node: true, py: true, sh: true } });
    expect(await door.denial('exec.node', { code: '1', params: [], values: {}, scope: 'm' })).toMatchObject({
      message: expect.stringContaining('Node access denied'),
    });
    expect(await door.denial('node.import', { package: 'fs' })).toMatchObject({ rule: 'deny.node' });
    expect(await door.denial('node.call', { target: 'n1', path: [], args: [] })).toMatchObject({ rule: 'deny.node' });
    expect(await door.denial('exec.py', { code: 'print(1)', params: [], values: {} })).toMatchObject({
      rule: 'deny.py',
    });
    expect(await door.denial('exec.sh', { shell: 'bash', code: 'true' })).toMatchObject({ rule: 'deny.sh' });
  });

  test('an allow list refuses what it does not name, by every way to a file', async () => {
    const outside = project({ 'secret.txt': 'hidden' });
    const door = openDoor({ files: { 'docs/a.md': 'A', 'private/b.md': 'B' } });
    symlinkSync(join(outside, 'secret.txt'), join(door.dir, 'docs/link.md'));
    await withPolicy(door, { allow: { fs: { read: ['docs/**'], write: [] } } });
    expect(await door.value('file.read', { path: 'docs/a.md' })).toMatchObject({ text: 'A' });
    expect(await door.value('file.glob', { pattern: 'docs/a*' })).toHaveLength(1);
    const refused = {
      code: 'POLICY_CAPABILITY_DENIED',
      message: expect.stringContaining('Filesystem read denied by policy'),
    };
    expect(await door.denial('file.read', { path: 'private/b.md' })).toMatchObject(refused);
    expect(await door.denial('file.read', { path: 'docs/../private/b.md' })).toMatchObject(refused);
    expect(await door.denial('file.read', { path: 'docs/link.md' })).toMatchObject(refused);
    expect(await door.denial('file.glob', { pattern: 'docs/*' })).toMatchObject(refused);
    expect(await door.denial('file.glob', { pattern: 'private/*' })).toMatchObject(refused);
    expect(await door.denial('file.exists', { path: 'private/*' })).toMatchObject(refused);
    expect(await door.denial('file.write', { path: 'docs/new.md', text: '' })).toMatchObject({
      message: expect.stringContaining('Filesystem write denied by policy'),
    });
    expect(await door.denial('net.fetch', { url: 'http://127.0.0.1:1/' })).toMatchObject({
      message: expect.stringContaining('Network access denied by policy'),
    });
  });

  test('means the same files when the project is reached through a link', async () => {
    const real = project({ 'mlld-config.json': '{}', 'docs/a.md': 'A', 'b.md': 'B' });
    const link = join(project(), 'link');
    symlinkSync(real, link);
    const door = await withPolicy(openDoor({ dir: link }), { allow: { fs: { read: ['docs/**'] } } });
    expect(await door.value('file.read', { path: 'docs/a.md' })).toMatchObject({ text: 'A' });
    expect(await door.denial('file.read', { path: 'b.md' })).toMatchObject({ code: 'POLICY_CAPABILITY_DENIED' });
  });

  test('refuses label flows of a locked policy, without quoting what is secret', async () => {
    const door = await withPolicy(openDoor(), { labels: { secret: { deny: ['op:cmd', 'op:output'] } }, locked: true });
    const reply = await door.ask('exec.cmd', { command: 'echo hunter2' }, { command: { labels: ['secret'] } });
    expect(reply).toMatchObject({
      denied: { code: 'POLICY_LABEL_FLOW_DENIED', label: 'secret', rule: 'policy.labels.secret.deny' },
    });
    expect(JSON.stringify(reply)).not.toContain('hunter2');
    expect(await door.ask('file.write', { path: 'f', text: 'x' }, { text: { labels: ['secret'] } })).toMatchObject({
      denied: { code: 'POLICY_LABEL_FLOW_DENIED' },
    });
    expect(await door.ask('exec.cmd', { command: 'echo x' }, { command: { labels: ['pii'] } })).toHaveProperty('value');
  });

  test('something that is no policy is not accepted as one', async () => {
    const door = openDoor();
    for (const policy of [null, 'x', [], {}, { name: 'p' }])
      expect(await door.error('policy.add', { policy })).toMatchObject({ code: 'INVALID_POLICY_EXPRESSION' });
    await door.value('policy.add', { policy: { name: 'p', parts: [] } });
    expect(await door.denial('exec.cmd', { command: 'true' })).toMatchObject({ code: 'POLICY_CAPABILITY_DENIED' });
  });
});

test('a workspace is a directory of the run and goes with it', async () => {
  const door = openDoor();
  const [first, second] = [await door.value('workspace.open', {}), await door.value('workspace.open', {})];
  expect(first).not.toBe(second);
  await door.value('file.write', { path: `${first}/a/b.txt`, text: 'x', within: first });
  expect((await door.value('exec.cmd', { command: 'cat a/b.txt', cwd: first })).stdout).toBe('x');
  await door.close();
  expect([existsSync(first), existsSync(second)]).toEqual([false, false]);
});
