/** A real gnome-keyring, through secret-tool and keytar: the same entries, whoever wrote them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Keychain,
  type KeychainBackend,
  KeytarBackend,
  openKeychain,
  SecretToolBackend,
} from '../../runtime/host/bindings/keychain/index.js';
import { noSecretService, type Session, startSession } from './session.js';

/** What scripts/build-keytar.sh has made. */
const KEYTAR = path.resolve('build/keytar/node_modules/keytar');
const keytarUsable = await new KeytarBackend(KEYTAR).available();
if (noSecretService !== null) console.warn(`SKIPPED: keychain tests need a Secret Service; ${noSecretService}`);
if (keytarUsable !== true) console.warn(`SKIPPED: keytar tests: ${keytarUsable}`);

const VALUES = {
  plain: 'hunter2',
  unicode: 'päß wörd ✓ 😀',
  lines: 'a\nb\n\nc',
  blank: '  x  ',
  hex: 'deadbeef',
  long: 'x'.repeat(8192),
  shell: `"'$(id)\`id\`\\`,
};

describe.skipIf(noSecretService !== null)('a Secret Service', () => {
  let session: Session;
  const bus = process.env.DBUS_SESSION_BUS_ADDRESS;
  beforeAll(async () => {
    session = await startSession();
    // keytar runs in this process and looks at its environment.
    process.env.DBUS_SESSION_BUS_ADDRESS = session.env.DBUS_SESSION_BUS_ADDRESS;
  }, 20_000);
  afterAll(async () => {
    await session.stop();
    if (bus === undefined) delete process.env.DBUS_SESSION_BUS_ADDRESS;
    else process.env.DBUS_SESSION_BUS_ADDRESS = bus;
  });

  const backends: [string, boolean, () => KeychainBackend][] = [
    ['secret-tool', true, () => new SecretToolBackend(session.env)],
    ['keytar', keytarUsable === true, () => new KeytarBackend(KEYTAR)],
  ];

  describe.each(backends)('through %s', (name, usable, make) => {
    it.skipIf(!usable)('keeps any text exactly, replaces and deletes', async () => {
      const keychain = make();
      for (const [account, value] of Object.entries(VALUES)) {
        await keychain.set(`svc-${name}`, account, value);
        expect(await keychain.get(`svc-${name}`, account), account).toBe(value);
      }
      await keychain.set(`svc-${name}`, 'plain', 'new');
      expect(await keychain.get(`svc-${name}`, 'plain')).toBe('new');
      expect(await keychain.list(`svc-${name}`)).toEqual(Object.keys(VALUES).sort());
      await keychain.delete(`svc-${name}`, 'plain');
      expect(await keychain.get(`svc-${name}`, 'plain')).toBeNull();
      expect(await keychain.list(`svc-${name}`)).not.toContain('plain');
    });

    it.skipIf(!usable)('finds nothing where nothing is, and deletes it silently', async () => {
      expect(await make().get('nowhere', 'nobody')).toBeNull();
      await make().delete('nowhere', 'nobody');
      expect(await make().list('nowhere')).toEqual([]);
    });

    it.skipIf(!usable)('takes names that look like options', async () => {
      await make().set('--service', '-a', 'v');
      expect(await make().get('--service', '-a')).toBe('v');
    });
  });

  it.skipIf(keytarUsable !== true)('has the same entries for both, whoever writes and replaces them', async () => {
    const [secretTool, keytar] = [new SecretToolBackend(session.env), new KeytarBackend(KEYTAR)];
    for (const [writer, reader] of [
      [secretTool, keytar],
      [keytar, secretTool],
    ] as const) {
      await writer.set('shared', 'a', `by ${writer.name}`);
      expect(await reader.get('shared', 'a')).toBe(`by ${writer.name}`);
      expect(await writer.get('shared', 'a')).toBe(`by ${writer.name}`);
      await reader.set('shared', 'a', `replaced by ${reader.name}`);
      expect(await writer.get('shared', 'a')).toBe(`replaced by ${reader.name}`);
      await reader.delete('shared', 'a');
      expect(await writer.get('shared', 'a')).toBeNull();
    }
  });

  it('is what openKeychain picks, with one final newline dropped and no name that breaks a line', async () => {
    const keychain = openKeychain({ env: session.env });
    expect(await keychain.available()).toBe(true);
    await keychain.set('open', 'a', 'token\n');
    expect(await keychain.get('open', 'a')).toBe('token');
    await keychain.set('open', 'a', ' two\n\n');
    expect(await keychain.get('open', 'a')).toBe(' two\n');
    await expect(keychain.set('open', 'a\nb', 'x')).rejects.toThrow(
      'A keychain account cannot contain control characters.',
    );
    await expect(keychain.get('', 'a')).rejects.toThrow('A keychain service cannot be empty.');
    await expect(keychain.set('open', 'a', 'x\0y')).rejects.toThrow('NUL');
    await expect(keychain.set('open', 'a', '')).rejects.toThrow('A keychain value cannot be empty.');
  });

  it('tells whether there is an entry', async () => {
    const keychain = openKeychain({ env: session.env });
    await keychain.set('present', 'a', 'hunter2');
    expect([await keychain.has('present', 'a'), await keychain.has('present', 'b')]).toEqual([true, false]);
  });

  it('does not keep half a value: secret-tool cuts long ones off', async () => {
    const keychain = new SecretToolBackend(session.env);
    await keychain.set('long', 'a', 'before');
    await expect(keychain.set('long', 'a', 'x'.repeat(8193))).rejects.toThrow(
      'A keychain value cannot be longer than 8192 bytes.',
    );
    expect(await keychain.get('long', 'a')).toBe('before');
  });

  it('reads and replaces entries of other programs, which have no schema', async () => {
    const keychain = openKeychain({ env: session.env });
    const foreign = (value: string) =>
      execFileSync('secret-tool', ['store', '--label=x', 'service', 'foreign', 'account', 'a'], {
        env: session.env,
        input: value,
      });
    foreign('');
    expect(await keychain.get('foreign', 'a')).toBe('');
    foreign('theirs\n');
    expect(await keychain.get('foreign', 'a')).toBe('theirs');
    await keychain.set('foreign', 'a', 'ours');
    expect(await keychain.get('foreign', 'a')).toBe('ours');
    expect(await keychain.list('foreign')).toEqual(['a']);
    await keychain.delete('foreign', 'a');
    expect(await keychain.get('foreign', 'a')).toBeNull();
  });
});

describe.skipIf(noSecretService !== null)('a locked keyring', () => {
  it('is an error, not a missing entry', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'keyring-'));
    try {
      const open = await startSession({ home });
      await new SecretToolBackend(open.env).set('s', 'a', 'hunter2');
      await open.stop();
      const shut = await startSession({ home, locked: true });
      const keychain = openKeychain({ env: shut.env });
      await expect(keychain.get('s', 'a')).rejects.toMatchObject({
        code: 'KEYCHAIN_LOCKED',
        message: 'Keychain is locked: unlock it and try again.',
      });
      await expect(keychain.set('s', 'b', 'v')).rejects.toMatchObject({ code: 'KEYCHAIN_LOCKED' });
      await expect(keychain.delete('s', 'a')).rejects.toMatchObject({ code: 'KEYCHAIN_LOCKED' });
      await expect(keychain.list('s')).rejects.toMatchObject({ code: 'KEYCHAIN_LOCKED' });
      // That there is one can be told without opening it.
      expect([await keychain.has('s', 'a'), await keychain.has('s', 'b')]).toEqual([true, false]);
      await shut.stop();
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }, 30_000);
});

describe('no keychain at all', () => {
  it('is said, and nothing is written', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'nokeychain-'));
    const env = { PATH: process.env.PATH, HOME: home };
    const keychain = openKeychain({ platform: 'linux', env, backends: [new SecretToolBackend(env)] });
    await expect(keychain.set('s', 'a', 'hunter2')).rejects.toThrow(/^Keychain is not available on this machine: /);
    await expect(keychain.has('s', 'a')).rejects.toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE' });
    expect(await keychain.available()).toMatch(/^Keychain is not available on this machine: /);
    expect(readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).toEqual([]);
    rmSync(home, { recursive: true });
  });

  it('names what would have to be there', async () => {
    const missing = new KeytarBackend('no-such-package');
    const linux = new Keychain([new SecretToolBackend({ PATH: '/nowhere' }), missing], 'linux');
    await expect(linux.get('s', 'a')).rejects.toThrow(
      'Keychain is not available on this machine: Keychain on Linux requires secret-tool (libsecret). keytar is not installed.',
    );
    await expect(new Keychain([missing], 'aix').get('s', 'a')).rejects.toThrow(
      'Keychain is supported on macOS and Linux only.',
    );
  });

  it('asks those for presence first that can tell without the secret', async () => {
    const asked: string[] = [];
    const backend = (name: string, has?: KeychainBackend['has']): KeychainBackend => ({
      ...missing,
      name,
      available: async () => true,
      list: async () => {
        asked.push(name);
        return ['a'];
      },
      ...(has && { has }),
    });
    const missing = { get: async () => null, set: async () => {}, delete: async () => {} };
    const two = new Keychain([backend('lists'), backend('tells', async (_, account) => account === 'b')], 'linux');
    expect([await two.has('s', 'a'), await two.has('s', 'b'), asked.length]).toEqual([false, true, 0]);
    const one = new Keychain([backend('lists')], 'linux');
    expect([await one.has('s', 'a'), await one.has('s', 'b'), asked.length]).toEqual([true, false, 2]);
  });

  it('tells a keytar that is broken from one that is not there', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'keytar-'));
    writeFileSync(path.join(folder, 'index.js'), "require('./build/Release/keytar.node');");
    expect(await new KeytarBackend(folder).available()).toBe('keytar is installed but does not load.');
    rmSync(folder, { recursive: true });
  });
});
