/** Finding and listing environments, prompts, archives. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Keychain, KeychainError } from '../../runtime/host/bindings/keychain/index.js';
import {
  EnvironmentError,
  entryFile,
  exportEnvironment,
  extractPrompt,
  findEnvironment,
  importEnvironment,
  listEnvironments,
  reportError,
} from '../../runtime/host/environments/index.js';

let base: string;
let places: { cwd: string; home: string };
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'env-store-'));
  places = { cwd: path.join(base, 'p'), home: path.join(base, 'h') };
  mkdirSync(places.cwd);
  mkdirSync(places.home);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function module(
  scope: 'cwd' | 'home',
  name: string,
  manifest: string,
  files: Record<string, string> = { 'index.mld': 'export { @spawn }\n' },
): string {
  const folder = path.join(places[scope], '.mlld', 'env', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'module.yml'), manifest);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

/** A keychain that has nothing and cannot be asked for presence. */
const none = {
  name: 'none',
  available: async () => true as const,
  get: async () => null,
  set: async () => {},
  delete: async () => {},
  list: async (): Promise<string[]> => [],
};

const environment = (about = 'x') =>
  `name: other\ntype: environment\nabout: ${about}\nversion: 1.2.0\nentry: index.mld\n`;

describe('env list', () => {
  /** Has the entries named; `asked` are those it was asked for. */
  const keychain = (...stored: string[]) => {
    const asked: string[] = [];
    return {
      asked,
      has: async (service: string, account: string) => {
        asked.push(`${service}/${account}`);
        return stored.includes(account);
      },
    };
  };

  it('shows environments of both stores and nothing else, with the state of their credentials', async () => {
    const b = module('cwd', 'b', environment('second'));
    const a = module('cwd', 'a', environment('"first\\e[31m"'));
    const g = module('home', 'g', environment());
    module('cwd', 'lib', 'name: lib\ntype: library\n');
    module('cwd', 'broken', 'type: [environment');
    writeFileSync(path.join(places.cwd, '.mlld', 'env', 'file'), 'type: environment');
    const store = path.dirname(a);
    const asking = keychain('a', 'g', 'other');
    expect(await listEnvironments(places, { keychain: asking })).toEqual({
      exitCode: 0,
      err: [],
      out: [
        'Available environments:',
        '',
        `Local (${store}):`,
        '  a  1.2.0  first [31m  [credentials: ✓]',
        '  b  1.2.0  second  [credentials: missing]',
        '',
        `Global (${path.dirname(g)}):`,
        '  g  1.2.0  x  [credentials: ✓]',
        '',
        '(3 environments total)',
      ],
    });
    expect(asking.asked).toEqual(['mlld-env/a', 'mlld-env/b', 'mlld-env/g']);
    const json = (await listEnvironments(places, { json: true, keychain: keychain('g') })).out;
    expect(json).toHaveLength(1);
    expect(JSON.parse(json[0]!)).toMatchObject({
      local: [
        { name: 'a', version: '1.2.0', path: a, credentials: 'missing' },
        { name: 'b', about: 'second', path: b },
      ],
      global: [{ name: 'g', about: 'x', version: '1.2.0', path: g, credentials: 'stored' }],
    });
  });

  it('counts one, and is friendly about none, without a look at the keychain', async () => {
    const asking = keychain();
    expect(await listEnvironments(places, { keychain: asking })).toMatchObject({
      exitCode: 0,
      out: expect.arrayContaining(['No environment modules found.']),
    });
    const { out } = await listEnvironments(places, { json: true, keychain: asking });
    expect(JSON.parse(out[0]!)).toEqual({ local: [], global: [] });
    expect(asking.asked).toEqual([]);
    module('home', 'g', environment());
    expect((await listEnvironments(places, { keychain: asking })).out.at(-1)).toBe('(1 environment total)');
  });

  it('lists all the same where the keychain fails, which it says once', async () => {
    module('cwd', 'a', environment());
    module('cwd', 'b', environment());
    let asked = 0;
    const broken = {
      has: async () => {
        asked += 1;
        throw new KeychainError('Keychain is locked: unlock it and try again.', 'KEYCHAIN_LOCKED');
      },
    };
    const text = await listEnvironments(places, { keychain: broken });
    expect(text).toMatchObject({
      exitCode: 0,
      out: expect.arrayContaining(['  a  1.2.0  x', '  b  1.2.0  x']),
      err: ['Credentials are not shown: Keychain is locked: unlock it and try again.'],
    });
    expect(asked).toBe(1);
    const { out, err } = await listEnvironments(places, { json: true, keychain: broken });
    expect(err).toEqual([]);
    expect(JSON.parse(out[0]!).local.map((entry: { credentials: string }) => entry.credentials)).toEqual([
      'unknown',
      'unknown',
    ]);
  });

  it('takes a directory no entry can be named after for one without credentials', async () => {
    module('cwd', 'a\u0007', environment());
    module('cwd', 'b', environment());
    const { out } = await listEnvironments(places, {
      keychain: new Keychain([{ ...none, list: async () => ['b'] }], 'linux'),
    });
    expect(out.slice(3, 5)).toEqual(['  a  1.2.0  x  [credentials: missing]', '  b  1.2.0  x  [credentials: ✓]']);
  });
});

describe('finding an environment', () => {
  it('looks at the project before the home directory, by directory name', () => {
    const g = module('home', 'dev', environment());
    expect(findEnvironment('dev', places)).toMatchObject({ folder: g, scope: 'global' });
    const l = module('cwd', 'dev', environment());
    expect(findEnvironment('dev', places)).toMatchObject({
      folder: l,
      scope: 'local',
      manifest: { name: 'other', version: '1.2.0' },
    });
  });

  it('is not stopped by a module of another type, but names it when there is no other', () => {
    const library = module('cwd', 'dev', 'type: library\n');
    const report = reportError(caught(() => findEnvironment('dev', places)));
    expect(report).toEqual({
      exitCode: 1,
      out: [],
      err: ["Error: Module 'dev' is not an environment module.", `- ${library} (type: library)`],
    });
    const g = module('home', 'dev', environment());
    expect(findEnvironment('dev', places).folder).toBe(g);
  });

  it('says what to do when there is none', () => {
    const report = reportError(caught(() => findEnvironment('dev', places)));
    expect(report.err[0]).toBe("Error: Environment 'dev' not found");
    expect(report.err).toHaveLength(3);
  });

  it('has an entry inside of it', () => {
    module('cwd', 'none', environment(), {});
    module('cwd', 'out', 'type: environment\nentry: ../../../../secret.mld\n');
    const linked = module('cwd', 'linked', environment(), {});
    writeFileSync(path.join(base, 'secret.mld'), '');
    symlinkSync(path.join(base, 'secret.mld'), path.join(linked, 'index.mld'));
    expect(() => entryFile(findEnvironment('none', places))).toThrow('Environment entry not found: ');
    expect(() => entryFile(findEnvironment('out', places))).toThrow(
      'Environment entry is outside of the environment: ',
    );
    expect(() => entryFile(findEnvironment('linked', places))).toThrow(
      'Environment entry is outside of the environment: ',
    );
    module('cwd', 'good', environment());
    expect(path.basename(entryFile(findEnvironment('good', places)))).toBe('index.mld');
  });
});

describe('a prompt', () => {
  it.each([
    [['a b'], 'a b'],
    [['claude', '-p', 'a b'], 'a b'],
    [['claude', '--prompt', 'x', '--json'], 'x'],
    [['claude', '--prompt=x y'], 'x y'],
    [['fix', 'the', 'bug'], 'fix the bug'],
    [['-p'], '-p'],
    [[`'"$(id)\`id\`\n`], `'"$(id)\`id\`\n`],
    [['c', '-p', `"; rm -rf ~ #`], `"; rm -rf ~ #`],
    [[''], ''],
  ])('of %j is %j', (args, prompt) => expect(extractPrompt(args)).toBe(prompt));

  it('is required', () => {
    for (const args of [undefined, []]) expect(() => extractPrompt(args)).toThrow('Prompt required after --');
    expect(() => extractPrompt(['claude', '-p'])).toThrow('Prompt required after -p');
  });
});

describe('an archive', () => {
  const files = {
    'index.mld': 'export { @spawn }\n',
    '.claude/settings.json': '{"env":{"API_TOKEN":"hunter2","PAGER":"cat"}}',
    '.claude/skills/a.md': 'ü\0',
    '.claude/.credentials.json': 'hunter2',
  };

  it('carries an environment to another machine, without secrets and links', async () => {
    const folder = module('cwd', 'dev', environment(), files);
    symlinkSync('/etc/passwd', path.join(folder, 'link'));
    const report = exportEnvironment('dev', 'dev.json', { places });
    const text = readFileSync(path.join(places.cwd, 'dev.json'), 'utf8');
    expect(
      text +
        Buffer.from(
          JSON.parse(text)
            .files.map((file: { content: string }) => file.content)
            .join(''),
          'base64',
        ),
    ).not.toContain('hunter2');
    expect(report.err).toEqual([
      'Warning: .claude/.credentials.json was left out: it holds credentials',
      'Warning: left out of .claude/settings.json: API_TOKEN',
      'Warning: link was left out: it is not a file',
    ]);
    await importEnvironment('dev.json', { places, name: 'copy', global: true });
    const copy = findEnvironment('copy', places);
    expect(copy.scope).toBe('global');
    expect((readdirSync(copy.folder, { recursive: true }) as string[]).sort()).toEqual([
      '.claude',
      '.claude/settings.json',
      '.claude/skills',
      '.claude/skills/a.md',
      'index.mld',
      'module.yml',
    ]);
    expect(readFileSync(path.join(copy.folder, '.claude/skills/a.md'), 'utf8')).toBe('ü\0');
    expect(JSON.parse(readFileSync(path.join(copy.folder, '.claude/settings.json'), 'utf8'))).toEqual({
      env: { PAGER: 'cat' },
    });
  });

  it('overwrites nothing unless forced', async () => {
    module('cwd', 'dev', environment());
    exportEnvironment('dev', 'dev.json', { places });
    expect(() => exportEnvironment('dev', 'dev.json', { places })).toThrow('File already exists');
    await expect(importEnvironment('dev.json', { places })).rejects.toThrow("Environment 'dev' already exists");
    await importEnvironment('dev.json', { places, force: true });
    exportEnvironment('dev', 'dev.json', { places, force: true });
  });

  const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const empty = (name: string) => ({ path: name, sha256: hash, content: '' });
  it.each<[string, object | string, string]>([
    ['a path upwards', { files: [empty('../evil')] }, 'unsafe path'],
    ['a path upwards inside', { files: [empty('a/../../evil')] }, 'unsafe path'],
    ['an absolute path', { files: [empty('/tmp/evil')] }, 'unsafe path'],
    ['a backslash', { files: [empty('a\\..\\evil')] }, 'unsafe path'],
    ['a drive', { files: [empty('C:evil')] }, 'unsafe path'],
    ['a NUL', { files: [empty('a\0b')] }, 'unsafe path'],
    ['an empty part', { files: [empty('a//b')] }, 'unsafe path'],
    ['credentials', { files: [empty('.claude/.Credentials.json')] }, 'credentials file'],
    ['a file twice', { files: [empty('A'), empty('a')] }, 'twice'],
    ['a file under a file', { files: [empty('a'), empty('a/b')] }, 'EEXIST'],
    ['a wrong hash', { files: [{ path: 'a', sha256: 'x', content: '' }] }, 'does not match its hash'],
    ['a bad name', { name: '../x', files: [] }, 'cannot contain path separators'],
    [
      'a name a shell would read',
      { name: 'a;b', files: [] },
      'can only contain letters, numbers, dashes, and underscores',
    ],
    ['no manifest', { files: [empty('index.mld')] }, 'no module.yml of an environment'],
    ['another format', { format: 'tar' }, 'not an environment archive'],
    ['a wrong shape', { files: [{ path: 1 }] }, 'not an environment archive'],
    ['no JSON', '{', 'not valid JSON'],
  ])('with %s is refused and leaves nothing', async (_title, content, message) => {
    const archive =
      typeof content === 'string'
        ? content
        : JSON.stringify({ format: 'mlld-environment', version: 1, name: 'n', files: [], ...content });
    writeFileSync(path.join(places.cwd, 'bad.json'), archive);
    const failed = importEnvironment('bad.json', { places });
    await expect(failed).rejects.toThrow(EnvironmentError);
    await expect(failed).rejects.toThrow(message);
    expect((readdirSync(base, { recursive: true }) as string[]).sort()).toEqual(['h', 'p', 'p/bad.json']);
    expect(existsSync('/tmp/evil')).toBe(false);
  });
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
