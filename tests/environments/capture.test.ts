/** Capturing environments: what is copied, what never is, and that a failure leaves nothing. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  Keychain,
  type KeychainBackend,
  KeychainError,
  SecretToolBackend,
} from '../../runtime/host/bindings/keychain/index.js';
import {
  type CaptureOptions,
  captureEnvironment,
  EnvironmentError,
  findEnvironment,
} from '../../runtime/host/environments/index.js';
import { bubblewrap } from '../../runtime/host/isolation/bubblewrap.js';
import { sourceUrl } from '../isolation/processes.js';
import { noSecretService, startSession } from '../keychain/session.js';

const canSandbox = typeof (await bubblewrap()) !== 'string';
const TOKEN = 'sk-ant-oat01-hunter2';

let base: string;
let home: string;
let cwd: string;
let entries: Map<string, string>;
/** Keeps secrets in a map: here it matters what is asked of a keychain, and when. */
const memory: KeychainBackend = {
  name: 'memory',
  available: async () => true,
  get: async (service, account) => entries.get(`${service}/${account}`) ?? null,
  set: async (service, account, value) => void entries.set(`${service}/${account}`, value),
  delete: async (service, account) => void entries.delete(`${service}/${account}`),
  list: async () => [],
};
const broken: KeychainBackend = {
  ...memory,
  set: () => Promise.reject(new KeychainError('Keychain is locked: unlock it and try again.', 'KEYCHAIN_LOCKED')),
};

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'env-test-'));
  home = path.join(base, 'home');
  cwd = path.join(base, 'project');
  entries = new Map();
  mkdirSync(path.join(home, '.claude', 'projects'), { recursive: true });
  mkdirSync(cwd);
  claude('settings.json', '{"model":"opus"}');
  claude('CLAUDE.md', '# Rules\n');
  claude('hooks.json', '{}');
  claude('projects/log.jsonl', '{}');
  claude('.credentials.json', JSON.stringify({ oauth_token: TOKEN }));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const claude = (name: string, content: string) => writeFileSync(path.join(home, '.claude', name), content);
const capture = (name?: string, options: Partial<CaptureOptions> = {}) =>
  captureEnvironment(name, { places: { cwd, home }, keychain: memory, ...options });
const local = (...parts: string[]) => path.join(cwd, '.mlld', 'env', ...parts);
const tree = (folder: string): string[] =>
  existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
const contents = (folder: string) =>
  tree(folder)
    .map((name) =>
      readdirSafe(path.join(folder, name)) ? name : `${name}:${readFileSync(path.join(folder, name), 'utf8')}`,
    )
    .join('\n');
const readdirSafe = (file: string) => {
  try {
    return readdirSync(file);
  } catch {
    return null;
  }
};

describe('a capture', () => {
  it('copies the configuration, stores the token in the keychain only and says what it did', async () => {
    const report = await capture('dev');
    expect(tree(local('dev'))).toEqual([
      '.claude',
      '.claude/CLAUDE.md',
      '.claude/hooks.json',
      '.claude/settings.json',
      'index.mld',
      'module.yml',
    ]);
    expect(readFileSync(local('dev', '.claude', 'settings.json'), 'utf8')).toBe('{"model":"opus"}');
    expect([...entries]).toEqual([['mlld-env/dev', TOKEN]]);
    expect(contents(cwd) + JSON.stringify(report)).not.toContain(TOKEN);
    expect(report.exitCode).toBe(0);
    expect(report.out).toEqual(
      expect.arrayContaining([
        '✓ Token stored in keychain',
        '✓ Copied settings.json',
        '✓ Copied CLAUDE.md',
        '✓ Copied hooks.json',
        '✓ Created module.yml',
        '✓ Created index.mld',
        '✓ Created environment: dev',
      ]),
    );
    expect(parse(readFileSync(local('dev', 'module.yml'), 'utf8'))).toEqual({
      name: 'dev',
      type: 'environment',
      about: 'Environment captured from ~/.claude',
      version: '1.0.0',
      entry: 'index.mld',
    });
    expect(findEnvironment('dev', { cwd, home }).folder).toBe(local('dev'));
  });

  it('writes an entry that gets the token from the keychain and gives it to the child alone', async () => {
    await capture('dev');
    const source = readFileSync(local('dev', 'index.mld'), 'utf8');
    for (const part of [
      'needs { keychain, cmd: [claude] }',
      'import { get } from @keychain',
      '@get("mlld-env", "dev")',
      'claude -p "@prompt"',
      'using @token as CLAUDE_CODE_OAUTH_TOKEN',
      'CLAUDE_CONFIG_DIR=',
      'export { @spawn, @shell }',
    ]) {
      expect(source).toContain(part);
    }
  });

  it.each([
    ['oauth_token', { oauth_token: TOKEN }],
    ['token', { token: TOKEN }],
    ['oauthToken', { oauthToken: TOKEN }],
    ['claudeAiOauth.accessToken', { claudeAiOauth: { accessToken: TOKEN } }],
  ])('finds the token at %s', async (_place, credentials) => {
    claude('.credentials.json', JSON.stringify(credentials));
    await capture('dev');
    expect(entries.get('mlld-env/dev')).toBe(TOKEN);
  });

  it.each([['{}'], [`{"token": "${TOKEN}`], ['{"token": 5}']])(
    'goes on with a warning when there is no token in %s',
    async (credentials) => {
      claude('.credentials.json', credentials);
      const report = await capture('dev', { keychain: broken });
      expect(report.err).toContain('Warning: No token found - you may need to add credentials manually');
      expect(report.err.join()).not.toContain(TOKEN);
      expect(report.exitCode).toBe(0);
      expect(existsSync(local('dev', 'module.yml'))).toBe(true);
    },
  );

  it('goes to the home directory with global, comes from the project with local', async () => {
    await capture('g', { global: true });
    expect(existsSync(path.join(home, '.mlld', 'env', 'g', 'module.yml'))).toBe(true);
    expect(existsSync(path.join(cwd, '.mlld'))).toBe(false);
    mkdirSync(path.join(cwd, '.claude'));
    writeFileSync(path.join(cwd, '.claude', 'CLAUDE.md'), 'project');
    await capture('l', { local: true });
    expect(readFileSync(local('l', '.claude', 'CLAUDE.md'), 'utf8')).toBe('project');
  });

  it('knows Codex too', async () => {
    mkdirSync(path.join(home, '.codex'));
    writeFileSync(path.join(home, '.codex', 'config.toml'), 'model = "x"');
    writeFileSync(path.join(home, '.codex', 'auth.json'), JSON.stringify({ tokens: { access_token: TOKEN } }));
    await capture('cx', { agent: 'codex' });
    expect(tree(local('cx'))).toEqual(['.codex', '.codex/config.toml', 'index.mld', 'module.yml']);
    expect(entries.get('mlld-env/cx')).toBe(TOKEN);
    expect(readFileSync(local('cx', 'index.mld'), 'utf8')).toContain('using @token as CODEX_OAUTH_TOKEN');
  });
});

describe('the token', () => {
  it('does not come along through links, copies or names', async () => {
    rmSync(path.join(home, '.claude', 'settings.json'));
    symlinkSync('.credentials.json', path.join(home, '.claude', 'settings.json'));
    rmSync(path.join(home, '.claude', 'hooks.json'));
    linkSync(path.join(home, '.claude', '.credentials.json'), path.join(home, '.claude', 'hooks.json'));
    claude('CLAUDE.md', `my token is ${TOKEN}`);
    mkdirSync(path.join(home, '.claude', 'skills', 'a'), { recursive: true });
    claude('skills/a/SKILL.md', 'fine');
    claude('skills/a/.credentials.json', TOKEN);
    symlinkSync(path.join(home, '.claude', '.credentials.json'), path.join(home, '.claude', 'skills', 'a', 'link'));
    symlinkSync(base, path.join(home, '.claude', 'skills', 'out'));
    symlinkSync('.', path.join(home, '.claude', 'skills', 'loop'));
    const report = await capture('dev');
    expect(contents(local('dev'))).not.toContain(TOKEN);
    expect(tree(local('dev'))).toEqual([
      '.claude',
      '.claude/skills',
      '.claude/skills/a',
      '.claude/skills/a/SKILL.md',
      'index.mld',
      'module.yml',
    ]);
    expect(report.err.join('\n')).toContain('settings.json was not copied: it leads to the credentials');
    expect(report.err.join('\n')).toContain('CLAUDE.md was not copied: it contains the token');
  });

  it('copies a settings file that is a link to a dotfiles folder, and warns of keys in it', async () => {
    writeFileSync(path.join(base, 'my-settings.json'), '{"env":{"OPENAI_API_KEY":"x","PAGER":"cat"}}');
    rmSync(path.join(home, '.claude', 'settings.json'));
    symlinkSync(path.join(base, 'my-settings.json'), path.join(home, '.claude', 'settings.json'));
    const report = await capture('dev');
    expect(readFileSync(local('dev', '.claude', 'settings.json'), 'utf8')).toContain('PAGER');
    expect(report.err).toContain('Warning: settings.json sets variables that look like credentials: OPENAI_API_KEY');
  });
});

describe('a capture that is refused', () => {
  it.each([
    ['', 'Environment name required'],
    [undefined, 'Environment name required'],
    ['../x', 'cannot contain path separators'],
    ['../../tmp/evil', 'cannot contain path separators'],
    ['/abs', 'cannot contain path separators'],
    ['a/b', 'cannot contain path separators'],
    ['a\\b', 'cannot contain path separators'],
    ['..', 'cannot contain ".."'],
    ['.h', 'cannot start with "."'],
    ['a b', 'can only contain'],
    ['a;b', 'can only contain'],
    ['ä', 'can only contain'],
    ['a\n', 'can only contain'],
  ])('for the name %j changes nothing', async (name, message) => {
    const before = contents(base);
    await expect(capture(name)).rejects.toThrow(message);
    expect(() => findEnvironment(name, { cwd, home })).toThrow(message);
    expect(contents(base)).toBe(before);
  });

  it('for want of a configuration makes nothing', async () => {
    rmSync(path.join(home, '.claude'), { recursive: true });
    await expect(capture('dev')).rejects.toThrow('Claude config not found at ~/.claude/');
    expect(existsSync(path.join(cwd, '.mlld'))).toBe(false);
  });

  it('because the name is taken leaves files and keychain as they were, unless forced', async () => {
    await capture('dev');
    const before = contents(cwd);
    claude('CLAUDE.md', 'changed');
    claude('.credentials.json', '{"token":"other"}');
    await expect(capture('dev')).rejects.toThrow(`Environment 'dev' already exists at ${local('dev')}`);
    expect(contents(cwd)).toBe(before);
    expect(entries.get('mlld-env/dev')).toBe(TOKEN);
    await capture('dev', { force: true });
    expect(readFileSync(local('dev', '.claude', 'CLAUDE.md'), 'utf8')).toBe('changed');
    expect(entries.get('mlld-env/dev')).toBe('other');
    expect(tree(local())).not.toContainEqual(expect.stringContaining('staging'));
  });
});

describe('a capture that fails on the way', () => {
  it('because the keychain is locked leaves nothing behind', async () => {
    const failed = capture('dev', { keychain: broken });
    await expect(failed).rejects.toThrow(EnvironmentError);
    await expect(failed).rejects.toThrow('Keychain is locked: unlock it and try again.');
    expect(tree(cwd)).toEqual([]);
  });

  it('because there is no keychain says so', async () => {
    const none = new Keychain([new SecretToolBackend({ PATH: '/nowhere' })], 'linux');
    await expect(capture('dev', { keychain: none })).rejects.toThrow('Keychain is not available on this machine: ');
    expect(tree(cwd)).toEqual([]);
  });

  it('keeps what was there before', async () => {
    await capture('dev');
    const before = contents(cwd);
    await expect(capture('dev', { force: true, keychain: broken })).rejects.toThrow('locked');
    expect(contents(cwd)).toBe(before);
  });

  it('cleans up after a capture that was killed', async () => {
    const { pid } = spawnSync('true');
    mkdirSync(local(`.staging-${pid}-dev`, '.claude'), { recursive: true });
    mkdirSync(local(`.staging-${pid}-old-previous`), { recursive: true });
    writeFileSync(local(`.staging-${pid}-old-previous`, 'module.yml'), 'type: environment\n');
    await capture('new');
    expect(readdirSync(local()).sort()).toEqual(['new', 'old']);
  });

  it.skipIf(!canSandbox)('because the disk is full leaves nothing behind and says so', async () => {
    const found = await bubblewrap();
    const { program } = found as { program: string };
    claude('CLAUDE.md', 'x'.repeat(200_000));
    const script = path.join(base, 'capture.mjs');
    writeFileSync(
      script,
      `import { captureEnvironment } from ${JSON.stringify(sourceUrl('runtime/host/environments/index.ts'))};
       import { readdirSync } from 'node:fs';
       const keychain = { get: async () => null, set: async () => console.log('KEYCHAIN TOUCHED') };
       await captureEnvironment('dev', { places: { cwd: '/tmp/small', home: ${JSON.stringify(home)} }, keychain }).catch((error) => console.log(error.name, error.message));
       console.log(JSON.stringify(readdirSync('/tmp/small', { recursive: true })));`,
    );
    mkdirSync('/tmp/small', { recursive: true });
    const result = spawnSync(
      program,
      [
        '--bind',
        '/',
        '/',
        '--dev',
        '/dev',
        '--size',
        '65536',
        '--tmpfs',
        '/tmp/small',
        process.execPath,
        '--import',
        sourceUrl('tests/isolation/register-typescript.mjs'),
        script,
      ],
      { encoding: 'utf8' },
    );
    rmSync('/tmp/small', { recursive: true, force: true });
    expect(result.stdout, result.stderr).toMatch(/^EnvironmentError ENOSPC: no space left on device.*\n\[\]\n$/);
  });

  it('because there is too much to copy leaves nothing behind', async () => {
    truncateSync(path.join(home, '.claude', 'CLAUDE.md'), 60 * 1024 * 1024);
    await expect(capture('dev')).rejects.toThrow('is too large to capture');
    expect(tree(cwd)).toEqual([]);
    expect(entries.size).toBe(0);
  });
});

describe.skipIf(noSecretService !== null)('with a real keyring', () => {
  it('the token ends up there and nowhere else', async () => {
    const session = await startSession();
    try {
      const keychain = new Keychain([new SecretToolBackend(session.env)], 'linux');
      await capture('real', { keychain });
      expect(await keychain.get('mlld-env', 'real')).toBe(TOKEN);
      expect(contents(cwd)).not.toContain(TOKEN);
    } finally {
      await session.stop();
    }
  }, 20_000);
});
