/** `mlldc env list | capture | export | import`, and what no command of `env` accepts. */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSecretService, type Session, startSession } from '../../keychain/session.js';
import { mlldc } from '../harness.js';
import { TOKEN, World } from './world.js';

describe('mlldc env', () => {
  it('alone prints its help; an unknown command prints it too and fails', async () => {
    const world = new World();
    const [help, unknown, box] = await Promise.all([
      world.run([]),
      world.run(['frob', '--flag']),
      mlldc(['box'], { cwd: world.cwd, env: world.env }),
    ]);
    expect(help.code).toBe(0);
    for (const word of ['list', 'capture', 'spawn', 'shell', 'export', 'import']) expect(help.stdout).toContain(word);
    expect(unknown).toMatchObject({ code: 1, stdout: help.stdout });
    expect(box).toMatchObject({ code: 0, stdout: help.stdout });
  });

  it.each(['env', 'box'])('is found by the name %s, flags and all, and no file by that name', async (command) => {
    const world = new World();
    world.environment('e', 'exe @spawn(prompt) = `[@prompt]`');
    const run = (...args: string[]) => mlldc([command, ...args], { cwd: world.cwd, env: world.env });
    expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject({ local: [{ name: 'e' }] });
    expect((await run('spawn', 'e', '--', '-p', 'a b', '--json')).stdout).toBe('[a b]\n');
  });

  it('lists nothing kindly', async () => {
    const { code, stdout } = await new World().run(['list']);
    expect(code).toBe(0);
    expect(stdout).toContain('No environment modules found.');
  });

  it('lists without credentials where there is no keychain', async () => {
    const world = new World();
    world.environment('a', '');
    const { code, stdout, stderr } = await world.run(['list'], { env: { PATH: '/nonexistent' } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^ {2}a {2}1\.0\.0$/m) });
    expect(stderr).toMatch(/^Credentials are not shown: Keychain is not available on this machine: .*\n$/);
  });

  it('lists the environments of both stores as one JSON object', async () => {
    const world = new World();
    world.environment('b', '');
    world.environment('a', '');
    world.environment('g', '', 'home');
    const { stdout } = await world.run(['ls', '--json']);
    const { local, global } = JSON.parse(stdout) as Record<string, { name: string; path: string }[]>;
    expect(local!.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(global).toMatchObject([{ name: 'g', path: path.join(world.home, '.mlld/env/g'), credentials: 'unknown' }]);
  });

  it('makes an environment to fill in, which runs the agent as it is', async () => {
    const world = new World();
    const init = (...args: string[]) => mlldc(['module', 'init', ...args], { cwd: world.cwd, env: world.env });
    expect(await init('--type', 'environment', 'new')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('✓ Created environment: new\n'),
      stderr: '',
    });
    expect(Object.keys(world.tree())).toEqual([
      '.mlld/env/new/.claude/settings.json',
      '.mlld/env/new/index.mld',
      '.mlld/env/new/module.yml',
    ]);
    const folder = path.join(world.cwd, '.mlld/env/new/.claude');
    const [spawned, shell, listed, codex] = await Promise.all([
      world.run(['spawn', 'new', '--', 'a "b" $(c)']),
      world.run(['shell', 'new'], { input: 'typed\n' }),
      mlldc(['module', 'list', '--type', 'environment', '--json'], { cwd: world.cwd, env: world.env }),
      init('--type', 'environment', 'other', '--codex', '--global'),
    ]);
    expect(spawned.stdout, spawned.stderr).toContain(
      `ran claude with 2 arguments in ${world.cwd}\n<-p>\n<a "b" $(c)>\nCLAUDE_CODE_OAUTH_TOKEN=\nCLAUDE_CONFIG_DIR=${folder}\n`,
    );
    expect(shell.stdout, shell.stderr).toMatch(/^ran claude with 0 arguments[\s\S]*\ntyped\n$/);
    expect(JSON.parse(listed.stdout).local).toMatchObject([{ name: 'new', version: '1.0.0' }]);
    expect(codex.stdout).toContain('✓ Created .codex/config.toml\n');
    expect(fs.existsSync(path.join(world.home, '.mlld/env/other/module.yml'))).toBe(true);
  });

  it.each([
    [['--type', 'environment'], 'Error: Environment name required'],
    [['--type', 'environment', '../x'], 'Error: Environment name cannot contain path separators'],
    [['--type', 'environment', 'there'], "Error: Environment 'there' already exists at "],
    [['--type', 'library', 'x'], 'Allowed choices are environment.'],
    [['x'], "required option '--type <type>' not specified"],
  ])('makes nothing of module init %j', async (args, message) => {
    const world = new World();
    world.environment('there', '');
    const before = world.tree('.');
    const { code, stdout, stderr } = await mlldc(['module', 'init', ...args], { cwd: world.cwd, env: world.env });
    expect(stderr).toContain(message);
    expect({ stdout, failed: code !== 0 }).toEqual({ stdout: '', failed: true });
    expect(world.tree('.')).toEqual(before);
  });

  it.each(['../x', '../../tmp/evil', '/abs', 'a/b', 'a\\b', '.h', '..', 'a b', 'a;b', '', 'ä'])(
    'takes no name like %j',
    async (name) => {
      const world = new World();
      const before = world.tree('.');
      const outcomes = await Promise.all([
        world.run(['capture', name]),
        world.run(['spawn', name, '--', 'hi']),
        world.run(['shell', name]),
        world.run(['export', name]),
      ]);
      for (const { code, stdout, stderr } of outcomes) {
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).toMatch(/^Error: Environment name /);
      }
      expect(world.tree('.')).toEqual(before);
    },
  );

  it('captures nothing where there is no keychain for the token, and says so', async () => {
    const world = new World();
    const { code, stderr } = await world.run(['capture', 'dev'], { env: { PATH: '/nonexistent' } });
    expect(code).toBe(1);
    expect(stderr).toContain('Keychain is not available on this machine: ');
    expect(stderr).not.toMatch(/ENOENT|\n\s+at /);
    expect(world.tree()).toEqual({});
    expect(fs.existsSync(path.join(world.cwd, '.mlld'))).toBe(false);
  });

  it('captures nothing where there is no configuration', async () => {
    const { code, stderr } = await new World().run(['capture', 'dev', '--codex']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'Error: Codex config not found at ~/.codex/\n' });
  });
});

describe.skipIf(noSecretService !== null)('with a keyring', () => {
  let session: Session;
  beforeAll(async () => {
    session = await startSession();
  }, 20_000);
  afterAll(() => session.stop());
  const stored = (account: string) =>
    execFileSync('secret-tool', ['lookup', 'service', 'mlld-env', 'account', account], { env: session.env }).toString();

  it('captures the configuration, and the token into the keychain alone', async () => {
    const world = new World(session);
    const { code, stdout, stderr } = await world.run(['capture', 'dev']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('✓ Token stored in keychain');
    expect(stdout).toContain('✓ Created environment: dev');
    const tree = world.tree();
    expect(Object.keys(tree)).toEqual([
      '.mlld/env/dev/.claude/CLAUDE.md',
      '.mlld/env/dev/.claude/settings.json',
      '.mlld/env/dev/index.mld',
      '.mlld/env/dev/module.yml',
    ]);
    expect(JSON.stringify(tree) + stdout + stderr).not.toContain(TOKEN);
    expect(stored('dev')).toBe(TOKEN);
    world.environment('other', '');
    expect(await world.run(['list'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^ {2}dev {2}1\.0\.0 {2}Environment captured from ~\/\.claude {2}\[credentials: ✓\]\n {2}other {2}1\.0\.0 {2}\[credentials: missing\]$/m,
      ),
      stderr: '',
    });
  });

  it('leaves what is there as it was unless forced', async () => {
    const world = new World(session);
    await world.run(['capture', 'twice', '--global']);
    const before = world.tree('home');
    world.write('home/.claude/CLAUDE.md', '# Other\n');
    const again = await world.run(['capture', 'twice', '--global']);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("Error: Environment 'twice' already exists at ");
    expect(world.tree('home/.mlld')).toEqual(
      Object.fromEntries(
        Object.entries(before).flatMap(([name, text]) => (name.startsWith('.mlld/') ? [[name.slice(6), text]] : [])),
      ),
    );
    expect((await world.run(['capture', 'twice', '--global', '--force'])).code).toBe(0);
    expect(world.tree('home')['.mlld/env/twice/.claude/CLAUDE.md']).toBe('# Other\n');
  });

  it('carries an environment to another place, without its token', async () => {
    const world = new World(session);
    await world.run(['capture', 'out']);
    expect((await world.run(['export', 'out', 'out.json'])).code).toBe(0);
    expect(JSON.stringify(world.tree())).not.toContain(TOKEN);
    expect((await world.run(['export', 'out', 'out.json'])).stderr).toContain('File already exists');
    const { code, stderr } = await world.run(['import', 'out.json', '--name', 'in']);
    expect(code, stderr).toBe(0);
    const tree = world.tree();
    expect(tree['.mlld/env/in/index.mld']).toBe(tree['.mlld/env/out/index.mld']);
    expect((await world.run(['import', 'out.json', '--name', '../in'])).code).toBe(1);
    expect((await world.run(['import', 'nowhere.json'])).stderr).toContain('Error: Archive not found');
  });
});

describe.skipIf(noSecretService !== null)('with a locked keyring', () => {
  it('captures nothing', async () => {
    const folder = fs.mkdtempSync(path.join(new World().base, 'ring-'));
    const open = await startSession({ home: folder });
    execFileSync('secret-tool', ['store', '--label=x', 'service', 's', 'account', 'a'], { env: open.env, input: 'v' });
    await open.stop();
    const shut = await startSession({ home: folder, locked: true });
    const world = new World(shut);
    const { code, stderr } = await world.run(['capture', 'dev']);
    await shut.stop();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "Error: Keychain is locked: unlock it and try again.\nEnvironment 'dev' was not created.\n",
    });
    expect(world.tree()).toEqual({});
  }, 30_000);
});
