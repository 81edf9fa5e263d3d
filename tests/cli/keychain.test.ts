/** `mlldc keychain` against a real keyring. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSecretService, type Session, startSession } from '../keychain/session.js';
import { directory, mlldc } from './harness.js';
import { onTerminal } from './terminal.js';

const SECRET = 'tok-71c2';
const config = JSON.stringify({ projectname: 'kc' });

describe.skipIf(noSecretService !== null)('mlldc keychain', () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession();
  }, 20_000);
  afterAll(() => session.stop());
  const env = () => ({ DBUS_SESSION_BUS_ADDRESS: session.env.DBUS_SESSION_BUS_ADDRESS! });
  const keychain = (args: readonly string[], input = '') =>
    mlldc(['keychain', ...args], { cwd: directory({ 'mlld-config.json': config }), env: env(), input });

  it('stores, lists, prints and removes an entry of the project, which auth then finds', async () => {
    expect(await keychain(['list'])).toMatchObject({ code: 0, stdout: 'No keychain entries found\n' });
    expect(await keychain(['add', 'TOKEN'], `${SECRET}\n`)).toMatchObject({
      code: 0,
      stdout: 'Stored TOKEN in keychain\n',
      stderr: '',
    });
    expect((await keychain(['ls'])).stdout).toBe('TOKEN\n');
    expect((await keychain(['get', 'TOKEN'])).stdout).toBe(`${SECRET}\n`);
    const cwd = directory({
      'mlld-config.json': config,
      'a.mld': 'auth @t = "TOKEN"\nrun cmd { printenv TOKEN } using auth:t',
    });
    expect((await mlldc(['run', 'a.mld'], { cwd, env: env() })).stdout).toBe(`${SECRET}\n`);
    expect((await keychain(['remove', 'TOKEN'])).stdout).toBe('Removed TOKEN from keychain\n');
    const { code, stderr } = await mlldc(['run', 'a.mld'], { cwd, env: env() });
    expect(code).toBe(1);
    expect(stderr).toContain('Store it with: mlldc keychain add TOKEN');
  });

  it('takes another service', async () => {
    await keychain(['add', 'me', '--service', 'other'], SECRET);
    expect((await keychain(['list', '--service', 'other'])).stdout).toBe('me\n');
    expect((await keychain(['rm', 'me', '--service', 'other'])).code).toBe(0);
  });

  it('stores what a file of assignments has, all of it or nothing', async () => {
    const cwd = directory({
      'mlld-config.json': config,
      '.env': '# comment\n\nexport ONE=1\nTWO="two words"\nTHREE = \'x=y\'\n',
      'bad.env': `FOUR=4\n${SECRET}\n`,
    });
    const bad = await mlldc(['keychain', 'import', 'bad.env'], { cwd, env: env() });
    expect(bad).toMatchObject({ code: 1, stdout: '', stderr: 'mlldc: bad.env:2: expected NAME=value\n' });
    expect((await mlldc(['keychain', 'import', '.env'], { cwd, env: env() })).code).toBe(0);
    expect((await keychain(['list'])).stdout).toBe('ONE\nTHREE\nTWO\n');
    expect((await keychain(['get', 'TWO'])).stdout).toBe('two words\n');
    expect((await keychain(['get', 'THREE'])).stdout).toBe('x=y\n');
    for (const name of ['ONE', 'TWO', 'THREE']) await keychain(['rm', name]);
  });

  it('asks on a terminal, without an echo', async () => {
    const options = { cwd: directory({ 'mlld-config.json': config }), env: env() };
    const { code, screen } = await onTerminal(
      ['keychain', 'add', 'TYPED'],
      [['Value of TYPED:', `${SECRET}\r`]],
      options,
    );
    expect(code, screen).toBe(0);
    expect(screen).toContain('Stored TYPED in keychain');
    expect(screen).not.toContain(SECRET);
    expect((await keychain(['get', 'TYPED'])).stdout).toBe(`${SECRET}\n`);
    await keychain(['rm', 'TYPED']);
  });

  it('stores nothing when Ctrl-C is pressed', async () => {
    const options = { cwd: directory({ 'mlld-config.json': config }), env: env() };
    const { code, screen } = await onTerminal(['keychain', 'add', 'GONE'], [['Value of GONE:', 'abc\u0003']], options);
    expect(code).toBe(130);
    expect(screen).toContain('nothing was stored');
    expect((await keychain(['get', 'GONE'])).code).toBe(1);
  });

  it.each([
    ['a missing entry', ['get', 'NOPE'], '', 'Keychain entry not found: NOPE'],
    ['a missing entry to remove', ['rm', 'NOPE'], '', 'Keychain entry not found: NOPE'],
    ['an empty value', ['add', 'X'], '\n', 'No value given; nothing was stored'],
    ['a name that breaks a line', ['add', 'a\nb'], 'v', 'A keychain account cannot contain control characters.'],
  ])('fails clearly for %s', async (_title, args, input, message) => {
    const { code, stdout, stderr } = await keychain(args, input);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`mlldc: ${message}`);
  });
});

describe('mlldc keychain without a keychain', () => {
  it('says so and stores nothing', async () => {
    const cwd = directory({ 'mlld-config.json': config });
    const env = { PATH: '/nonexistent', DBUS_SESSION_BUS_ADDRESS: '' };
    const { code, stderr } = await mlldc(['keychain', 'add', 'X'], { cwd, env, input: SECRET });
    expect(code).toBe(1);
    expect(stderr).toContain('Keychain is not available on this machine: ');
    expect(stderr).not.toContain(SECRET);
  });

  it('takes no value as an argument, where every process could read it', async () => {
    const cwd = directory({ 'mlld-config.json': config });
    expect((await mlldc(['keychain', 'add', 'X', '--value', SECRET], { cwd })).code).toBe(2);
    expect((await mlldc(['keychain', 'add', 'X', SECRET], { cwd })).code).toBe(2);
  });

  it('needs the name of the project, or a service', async () => {
    const { code, stderr } = await mlldc(['keychain', 'list']);
    expect(code).toBe(1);
    expect(stderr).toContain('Keychain access requires projectname in mlld-config.json');
    expect(stderr).toContain('--service NAME');
  });
});
