/** The macOS backend: the exact calls it makes, checked against a stand-in for `security`. */
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Keychain, SecurityBackend } from '../../runtime/host/bindings/keychain/index.js';

let folder: string;
let keychain: Keychain;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'security-'));
  copyFileSync('tests/keychain/security-stub.mjs', path.join(folder, 'security'));
  chmodSync(path.join(folder, 'security'), 0o755);
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  keychain = new Keychain([new SecurityBackend({ ...process.env, PATH: `${folder}:${process.env.PATH}` })], 'darwin');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const log = (): { argv: string[]; stdin: string }[] =>
  readFileSync(path.join(folder, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the macOS keychain', () => {
  it('is called with the value on standard input, never in argv', async () => {
    await keychain.set('my "svc"', 'a\\b', 'hunter2');
    await keychain.get('my "svc"', 'a\\b');
    await keychain.delete('my "svc"', 'a\\b');
    const read = { argv: ['find-generic-password', '-s', 'my "svc"', '-a', 'a\\b', '-w'], stdin: '' };
    expect(log()).toEqual([
      {
        argv: ['-i'],
        stdin: `add-generic-password -U -s "my \\"svc\\"" -a "a\\\\b" -X ${Buffer.from('hunter2').toString('hex')}\n`,
      },
      read,
      read,
      { argv: ['delete-generic-password', '-s', 'my "svc"', '-a', 'a\\b'], stdin: '' },
    ]);
    expect(log().some(({ argv }) => argv.join(' ').includes('hunter2'))).toBe(false);
  });

  it('tells whether there is an entry without asking for its secret', async () => {
    await keychain.set('s', 'a', 'hunter2');
    expect([await keychain.has('s', 'a'), await keychain.has('s', 'b')]).toEqual([true, false]);
    expect(log().slice(-2)).toEqual([
      { argv: ['find-generic-password', '-s', 's', '-a', 'a'], stdin: '' },
      { argv: ['find-generic-password', '-s', 's', '-a', 'b'], stdin: '' },
    ]);
    writeFileSync(path.join(folder, 'locked'), '');
    await expect(keychain.has('s', 'a')).rejects.toMatchObject({ code: 'KEYCHAIN_LOCKED' });
  });

  it('gives back any text, also what security shows in hexadecimal', async () => {
    for (const value of ['hunter2', 'päß ✓', 'a\nb', 'deadbeef', '00', ' x ']) {
      await keychain.set('s', 'a', value);
      expect(await keychain.get('s', 'a')).toBe(value);
    }
  });

  it('finds and deletes nothing silently, replaces, and lists accounts only of the service', async () => {
    expect(await keychain.get('s', 'none')).toBeNull();
    await keychain.delete('s', 'none');
    await keychain.set('s', 'b', '1');
    await keychain.set('s', 'ä', '2');
    await keychain.set('s', 'b', '3');
    await keychain.set('other', 'c', '4');
    expect(await keychain.list('s')).toEqual(['b', 'ä']);
    expect(await keychain.get('s', 'b')).toBe('3');
  });

  it('notices a write that did not happen, and a locked keychain', async () => {
    writeFileSync(path.join(folder, 'locked'), '');
    await expect(keychain.set('s', 'a', 'v')).rejects.toMatchObject({ code: 'KEYCHAIN_LOCKED' });
    await expect(keychain.get('s', 'a')).rejects.toMatchObject({ code: 'KEYCHAIN_LOCKED' });
  });

  it('refuses a value that does not fit into a command', async () => {
    await expect(keychain.set('s', 'a', 'x'.repeat(3000))).rejects.toMatchObject({ code: 'KEYCHAIN_INVALID_ENTRY' });
  });
});
