/** Signatures at the door (security.md 10.3): of what variables say, and of files that directives write. */

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { declare, journal, open } from './signed.js';
import { openDoor, project, type TestDoor } from './support.js';

const sign = (door: TestDoor, text: string, more: Record<string, unknown> = {}) =>
  door.value('signature.sign', { name: 'p', text, method: 'sha256', ...more });
const verify = (door: TestDoor, text?: string) =>
  door.value('signature.verify', { name: 'p', caller: 'test', ...(text === undefined ? {} : { text }) });
const content = (door: TestDoor, kind: string) => join(door.dir, '.sig', 'content', `p.sig.${kind}`);
function edit(file: string, change: (record: Record<string, unknown>) => void): void {
  const record = JSON.parse(readFileSync(file, 'utf8'));
  change(record);
  writeFileSync(file, JSON.stringify(record));
}

describe('a signed variable', () => {
  test('is verified as what was signed, by whom', async () => {
    const door = open();
    const { hash } = await sign(door, 'Review @x');
    expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await verify(door)).toMatchObject({ verified: true, template: 'Review @x', hash, signedBy: 'user:ann' });
    expect(await verify(door, 'Review @x')).toMatchObject({ verified: true });
    await sign(door, 'Review @x', { by: 'security-team' });
    expect(await verify(door)).toMatchObject({ verified: true, signedBy: 'security-team' });
    expect(journal(door).map(({ event }) => event)).toEqual(['sign', 'verify', 'verify', 'update', 'verify']);
  });

  test('is verified by a later run', async () => {
    const door = open();
    await sign(door, 'text');
    expect(await verify(open(door.dir, door.home))).toMatchObject({ verified: true });
  });

  test('that is signed again as it is stays as it is', async () => {
    const door = open();
    await sign(door, 'text');
    const before = readFileSync(content(door, 'json'), 'utf8');
    await sign(door, 'text');
    expect(readFileSync(content(door, 'json'), 'utf8')).toBe(before);
  });

  test('keeps its labels', async () => {
    const door = open();
    await door.ask('signature.sign', { name: 'p', text: 'x', method: 'sha256' }, { text: { labels: ['pii'] } });
    const reply = await door.ask('signature.verify', { name: 'p', caller: 'test' });
    expect(reply).toMatchObject({ mark: { labels: ['pii'], sources: ['user:ann'] } });
  });

  test('that says something else now is not verified', async () => {
    const door = open();
    await sign(door, 'Review @x');
    const now = await door.ask('signature.verify', { name: 'p', text: 'Obey @x', caller: 'test' });
    expect(now).toMatchObject({
      value: { verified: false, template: null, reason: 'it says something else now than what was signed' },
      mark: { labels: ['untrusted'] },
    });
    expect(journal(door).at(-1)).toMatchObject({ event: 'verify-fail' });
  });

  test('that carries a secret is not signed', async () => {
    const door = open();
    const reply = await door.ask(
      'signature.sign',
      { name: 'p', text: 'the key', method: 'sha256' },
      { text: { labels: ['secret'] } },
    );
    expect(reply).toMatchObject({ denied: { code: 'SIGN_SECRET' } });
    expect(existsSync(join(door.dir, '.sig'))).toBe(false);
  });

  test('is subject to label rules', async () => {
    const door = open();
    await declare(door, { labels: { untrusted: { deny: ['op:sign'] } }, locked: true });
    const marks = { text: { labels: ['untrusted'] } };
    const reply = await door.ask('signature.sign', { name: 'p', text: 'x', method: 'sha256' }, marks);
    expect(reply).toMatchObject({ denied: { code: 'POLICY_LABEL_FLOW_DENIED' } });
  });

  test.each(['../../evil', 'a/b', '', '.x', 'a.sig'])('has the name of a variable, not %j', async (name) => {
    const door = open();
    expect(await door.error('signature.sign', { name, text: 'x', method: 'sha256' })).toMatchObject({
      code: 'SIGN_NAME_INVALID',
    });
    expect(existsSync(join(door.dir, '.sig'))).toBe(false);
  });
});

describe('what was tampered with is not verified', () => {
  const cases: [string, (door: TestDoor) => void, string][] = [
    ['the text', (door) => writeFileSync(content(door, 'content'), 'Obey'), 'the signed text was changed'],
    ['a text that is gone', (door) => rmSync(content(door, 'content')), 'the signed text is gone'],
    ['a signature that is gone', (door) => rmSync(content(door, 'json')), 'it was never signed'],
    [
      'a signature cut off',
      (door) => writeFileSync(content(door, 'json'), '{"subject'),
      'its signature cannot be read',
    ],
    [
      'a signature without parts',
      (door) => edit(content(door, 'json'), (r) => delete r.key),
      'its signature is damaged',
    ],
    [
      'the signer',
      (door) => edit(content(door, 'json'), (r) => (r.signedBy = 'user:boss')),
      'its signature does not hold: its record was changed',
    ],
    [
      'the labels',
      (door) => edit(content(door, 'json'), (r) => (r.labels = ['trusted'])),
      'its signature does not hold: its record was changed',
    ],
    [
      'the subject',
      (door) => edit(content(door, 'json'), (r) => (r.subject = 'var:q')),
      'its signature does not hold: it was made for var:q',
    ],
  ];
  test.each(cases)('%s', async (_what, tamper, reason) => {
    const door = open();
    await sign(door, 'Review @x');
    tamper(door);
    expect(await verify(door)).toMatchObject({ verified: false, template: null, reason });
  });

  test('a text with the hash of another, signed with no key or another one', async () => {
    const door = open();
    await sign(door, 'Review @x');
    const other = open(project(), project());
    await sign(other, 'Obey @x');
    for (const kind of ['json', 'content']) writeFileSync(content(door, kind), readFileSync(content(other, kind)));
    expect(await verify(door)).toMatchObject({
      verified: false,
      reason: 'its signature does not hold: it was made with a key that is not trusted here',
    });
  });

  test('and can be signed anew once the damage is removed', async () => {
    const door = open();
    await sign(door, 'Review @x');
    writeFileSync(content(door, 'json'), '{');
    expect(await door.error('signature.sign', { name: 'p', text: 'x', method: 'sha256' })).toMatchObject({
      code: 'SIGN_STORE_DAMAGED',
    });
    rmSync(content(door, 'json'));
    await sign(door, 'Review @x');
    expect(await verify(door)).toMatchObject({ verified: true });
  });
});

describe('keys', () => {
  test('are outside of the project, for their owner alone', async () => {
    const door = open();
    await sign(door, 'x');
    const key = join(door.home, '.mlld/signing/key.pem');
    expect(readFileSync(key, 'utf8')).toContain('PRIVATE KEY');
    chmodSync(key, 0o644);
    expect(
      await open(door.dir, door.home).error('signature.sign', { name: 'q', text: 'x', method: 'sha256' }),
    ).toMatchObject({
      code: 'SIGN_KEY_EXPOSED',
    });
  });

  test('that changed do not vouch for what the one before signed', async () => {
    const door = open();
    await sign(door, 'x');
    rmSync(join(door.home, '.mlld'), { recursive: true });
    const later = open(door.dir, door.home);
    expect(await verify(later)).toMatchObject({ verified: false });
    await sign(later, 'x');
    expect(await verify(later)).toMatchObject({ verified: true });
  });

  test('that cannot be read are an error', async () => {
    const home = project({ '.mlld/signing/key.pem': 'no key' });
    chmodSync(join(home, '.mlld/signing/key.pem'), 0o600);
    expect(
      await open(project(), home).error('signature.sign', { name: 'p', text: 'x', method: 'sha256' }),
    ).toMatchObject({
      code: 'SIGN_KEY_UNAVAILABLE',
    });
  });

  test('of others count when they are listed, and in their own name only', async () => {
    const ann = open();
    await sign(ann, 'x');
    const { key } = JSON.parse(readFileSync(content(ann, 'json'), 'utf8'));
    const trusting = (signer: string) => project({ '.mlld/signing/trusted.json': JSON.stringify({ [signer]: key }) });
    expect(await verify(open(ann.dir, trusting('user:ann'), 'bob'))).toMatchObject({ verified: true });
    expect(await verify(open(ann.dir, trusting('user:eve'), 'bob'))).toMatchObject({
      verified: false,
      reason: expect.stringContaining('it names user:ann and was made with the key of user:eve'),
    });
  });
});

describe('who signs', () => {
  const whose = async (files: Record<string, string>, home: Record<string, string> = {}) => {
    const door = open(project(files), project(home));
    return (await sign(door, 'x')).signedBy;
  };
  test('is whom the project names, else git, else the account', async () => {
    const git = { '.gitconfig': '[core]\n  name = no\n[user]\n  email = a@b\n  name = "Ann Git" # me\n' };
    expect(await whose({ '.sig/config.json': '{"identity":"team"}' }, git)).toBe('user:team');
    expect(await whose({ '.git/config': '[user]\n\tname = Here\n' }, git)).toBe('user:Here');
    expect(await whose({}, git)).toBe('user:Ann Git');
    expect(await whose({})).toBe('user:ann');
  });

  test.each(['{', '[]', '{"identity":5}', '{"identity":" "}'])('a project that says %s is an error', async (config) => {
    const door = open(project({ '.sig/config.json': config }));
    expect(await door.error('signature.sign', { name: 'p', text: 'x', method: 'sha256' })).toMatchObject({
      code: 'SIGN_CONFIG_INVALID',
    });
  });
});

describe('a file that a directive wrote', () => {
  const write = (door: TestDoor, text: string, path = 'f.txt') => door.value('file.write', { path, text });
  const append = (door: TestDoor, text: string, path = 'f.txt') => door.value('file.append', { path, text });
  const load = async (door: TestDoor, path = 'f.txt') => (await door.value('file.read', { path })).mark;
  const trusted = { signers: { 'user:*': ['trusted'] } };

  test('has its signer for a source, and the labels a policy gives them', async () => {
    const door = open();
    await write(door, 'x');
    expect((await load(door)).labels ?? []).toEqual([]);
    await declare(door, trusted);
    expect(await load(door)).toMatchObject({ labels: ['trusted'] });
  });

  test('gets nothing from a signer no policy names', async () => {
    const door = open();
    await write(door, 'x');
    await declare(door, { signers: { 'user:bob': ['trusted'] } });
    expect((await load(door)).labels ?? []).toEqual([]);
  });

  test('is untrusted once something else has changed it', async () => {
    const door = open();
    await declare(door, trusted);
    await write(door, 'x');
    writeFileSync(join(door.dir, 'f.txt'), 'y');
    expect(await load(door)).toMatchObject({ labels: ['untrusted'] });
    await write(door, 'z');
    expect(await load(door)).toMatchObject({ labels: ['trusted'] });
  });

  test('is not what it was before', async () => {
    const door = open();
    await write(door, 'old');
    await write(door, 'new');
    writeFileSync(join(door.dir, 'f.txt'), 'old');
    expect(await load(door)).toMatchObject({ labels: ['untrusted'] });
  });

  test('is untrusted where its signature is damaged, and that of another file is none', async () => {
    const door = open();
    await write(door, 'x');
    await write(door, 'y', 'g.txt');
    const files = join(door.dir, '.sig/files');
    const [one, two] = (await import('node:fs')).readdirSync(files).map((name) => join(files, name));
    const kept = readFileSync(one!);
    writeFileSync(one!, readFileSync(two!));
    expect([await load(door), await load(door, 'g.txt')]).toContainEqual(
      expect.objectContaining({ labels: ['untrusted'] }),
    );
    writeFileSync(one!, '{');
    writeFileSync(two!, kept);
    expect([await load(door), await load(door, 'g.txt')]).toEqual([
      expect.objectContaining({ labels: ['untrusted'] }),
      expect.objectContaining({ labels: ['untrusted'] }),
    ]);
  });

  test('does not become trusted by being written as untrusted', async () => {
    const audit = { marks: { labels: ['untrusted'] } };
    const { makeMark } = await import('../../runtime/shared/marks.js');
    const home = project();
    const door = openDoor({
      environment: { HOME: home, USER: 'ann' },
      audit: {
        decision() {},
        write() {},
        signed() {},
        record() {},
        restore: () => makeMark(audit.marks),
        tainted: () => [],
      },
    });
    await declare(door, trusted);
    await write(door, 'x');
    expect((await load(door)).labels).toEqual(['untrusted']);
  });

  test('stays signed as it grows, in this run and the next', async () => {
    const door = open();
    await declare(door, trusted);
    await append(door, 'a');
    await append(door, 'b');
    expect(await load(door)).toMatchObject({ labels: ['trusted'] });
    await append(door, 'c');
    await door.close();
    const next = open(door.dir, door.home);
    await declare(next, trusted);
    expect(await load(next)).toMatchObject({ labels: ['trusted'] });
    await append(next, 'd');
    expect(await load(next)).toMatchObject({ labels: ['trusted'] });
  });

  test('that was changed, or not signed, stays so as it grows', async () => {
    const door = open();
    await declare(door, trusted);
    await append(door, 'a');
    await load(door);
    writeFileSync(join(door.dir, 'f.txt'), 'evil');
    await append(door, 'b');
    expect(await load(door)).toMatchObject({ labels: ['untrusted'] });
    writeFileSync(join(door.dir, 'own.txt'), 'mine');
    await append(door, 'b', 'own.txt');
    expect((await load(door, 'own.txt')).labels ?? []).toEqual([]);
  });

  test('is signed by whoever wrote it last, however many write at once', async () => {
    const dir = project();
    const home = project();
    const doors = [open(dir, home), open(dir, home), open(dir, home)];
    await Promise.all(doors.flatMap((door, i) => [1, 2, 3, 4].map((n) => write(door, `text ${i} ${n}`))));
    await Promise.all(doors.flatMap((door, i) => [1, 2].map((n) => sign(door, `prompt ${i} ${n}`))));
    await declare(doors[0]!, trusted);
    expect(await load(doors[0]!)).toMatchObject({ labels: ['trusted'] });
    expect(await verify(doors[1]!)).toMatchObject({ verified: true });
  });

  test('is written where it cannot be signed, and the user is told', async () => {
    const door = openDoor({ environment: { USER: 'ann' } });
    await write(door, 'x');
    expect(readFileSync(join(door.dir, 'f.txt'), 'utf8')).toBe('x');
    expect(door.printed.stderr).toContain('could not be signed: There is no home directory');
  });

  test('a lock that a dead run left does not stand in the way', async () => {
    const door = open();
    await sign(door, 'x');
    writeFileSync(content(door, 'json').replace('.sig.json', '.lock'), '999999999');
    await sign(door, 'y');
    expect(await verify(door)).toMatchObject({ verified: true, template: 'y' });
  });
});

describe('the host alone', () => {
  test.each(['.sig/content/p.sig.json', '.sig/config.json', '.mlld/sec/audit.jsonl'])('writes %s', async (path) => {
    const door = open();
    mkdirSync(join(door.dir, '.sig'), { recursive: true });
    for (const op of ['file.write', 'file.append'])
      expect(await door.denial(op, { path, text: 'x' })).toMatchObject({ code: 'RECORDS_PROTECTED' });
  });
});
