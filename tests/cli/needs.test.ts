/** Needs at the command line: checked before anything runs, printed and written (security.md 6, seed.md 5). */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { directory, mlldc, node, root } from './harness.js';

const LIB = 'needs { cmd: [no-such-a], sh }\nvar @x = 1\n';
const MAIN = 'show "started"\nimport { @x } from "./lib.mld"\nneeds { cmd: [no-such-b], node: [vitets] }\nshow @x\n';

describe('needs are checked when a program is loaded', () => {
  test('everything missing is told together, at its module and line, before anything runs', async () => {
    const cwd = directory({
      'main.mld': MAIN,
      'lib.mld': LIB,
      'node_modules/vitest/package.json': '{"version":"1.0.0"}',
    });
    const { code, stdout, stderr } = await mlldc(['run', 'main.mld'], { cwd });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.replace(/\s+/g, ' ')).toContain(
      "Error evaluating imported file 'lib.mld': Module requires capabilities not available: cmd:no-such-a (command not found in PATH)",
    );
    expect(stderr).toContain('lib.mld:1:1');
    expect(stderr).toContain('Module requires capabilities not available: cmd:no-such-b (command not found in PATH)');
    expect(stderr).toContain('Missing packages: vitets');
    expect(stderr).toContain('main.mld:3:1');
    expect(stderr).toContain('Instead of vitets, did you mean vitest?');
    expect(stderr).toContain('npm install vitets');
  });

  test('a bundle checks them again where it runs, with mlldc and with node', async () => {
    const cwd = directory({ 'main.mld': 'needs { cmd: [my-tool] }\nshow "ran"\n', 'bin/my-tool': '' });
    fs.chmodSync(path.join(cwd, 'bin/my-tool'), 0o755);
    fs.mkdirSync(path.join(cwd, 'node_modules'));
    fs.symlinkSync(root, path.join(cwd, 'node_modules/mlldc'));
    expect(await mlldc(['build', 'main.mld'], { cwd })).toMatchObject({ code: 0 });
    for (const run of [mlldc(['run', 'main.mjs'], { cwd }), node(['main.mjs'], { cwd })]) {
      const { code, stdout, stderr } = await run;
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('cmd:my-tool (command not found in PATH)');
    }
    const PATH = `${path.join(cwd, 'bin')}:${process.env.PATH}`;
    expect(await node(['main.mjs'], { cwd, env: { PATH } })).toMatchObject({ code: 0, stdout: 'ran\n' });
  });

  test.each([
    ['needs { node: ["dep@^1.2"] }', 0, ''],
    ['needs { node: [fs, npm] }', 0, ''],
    ['needs { node: ["dep@^2"] }', 1, 'Missing packages: dep'],
    ['needs { py: [json] }', 0, ''],
    ['needs { py: [no_such_module_anywhere] }', 1, 'Missing packages: no_such_module_anywhere'],
    ['needs { network, filesystem, sh, cmd: [ls] }', 0, ''],
    ['needs { zork: 1 }', 1, "/needs contains unsupported key 'zork'"],
    ['var @t = "git"\nneeds { cmd: [@t] }', 1, '/needs must be written out'],
    ['wants [ { sh } ]', 1, "/wants tier at index 0 is missing required 'tier'"],
    ['profiles { a: { requires: { sh }, zork: 1 } }', 1, "/profiles entry 'a' contains unsupported key 'zork'"],
  ])('%s ends with %d', async (source, code, text) => {
    const cwd = directory({
      'main.mld': `${source}\nshow "ran"\n`,
      'node_modules/dep/package.json': '{"version":"1.3.0"}',
    });
    const result = await mlldc(['run', 'main.mld'], { cwd });
    expect(result).toMatchObject({ code, stdout: code === 0 ? 'ran\n' : '' });
    expect(result.stderr).toContain(text);
  });
});

describe('security.requireDeclarations', () => {
  const files = (lib: string, required = true) => ({
    'mlld-config.json': JSON.stringify({ security: { requireDeclarations: required } }),
    'main.mld': 'import { @x } from "./lib.mld"\nshow @x\n',
    'lib.mld': lib,
  });

  test.each([
    ['var @x = 1', 'Missing: /needs, /wants'],
    ['needs { }\nvar @x = 1', 'Missing: /wants'],
    ['wants [ ]\nvar @x = 1', 'Missing: /needs'],
    ['needs { }\nwants [ ]\nvar @x = sh { true }', "Capability 'sh' requires declaration in /needs or /wants"],
    ['needs { sh }\nwants [ ]\nvar @x = cmd { ls }', "Capability 'cmd:ls' requires declaration in /needs or /wants"],
  ])('%s is refused', async (lib, text) => {
    const { code, stdout, stderr } = await mlldc(['run', 'main.mld'], { cwd: directory(files(lib)) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(text);
  });

  test('declared modules, scripts run directly and tiers that name the use pass', async () => {
    const cwd = directory(files('needs { }\nwants [ { tier: "a", sh } ]\nvar @x = sh { echo 1 }'));
    expect(await mlldc(['run', 'main.mld'], { cwd })).toMatchObject({ code: 0, stdout: '1\n' });
  });

  test('without it a run says nothing and a check warns', async () => {
    const cwd = directory(files('var @x = 1', false));
    expect(await mlldc(['run', 'main.mld'], { cwd })).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr } = await mlldc(['check', 'main.mld'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('Missing: /needs, /wants');
  });

  test('a bundle built elsewhere is held to it where it runs', async () => {
    const cwd = directory(files('var @x = 1', false));
    await mlldc(['build', 'main.mld'], { cwd });
    fs.writeFileSync(path.join(cwd, 'mlld-config.json'), '{"security":{"requireDeclarations":true}}');
    const { code, stdout, stderr } = await mlldc(['run', 'main.mjs'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Module must declare /needs and /wants');
  });
});

test('a declaration narrower than the use fails a build, and a check warns of it', async () => {
  const cwd = directory({ 'main.mld': 'needs { cmd: [ls] }\nvar @a = cmd { cat x | sort }\nshow @a\n' });
  const built = await mlldc(['build', 'main.mld'], { cwd });
  expect(built.code).toBe(1);
  expect(built.stderr).toContain('needs does not name everything this module uses: cmd:cat, cmd:sort');
  expect(built.stderr).toContain('needs { cmd: [ls, cat, sort] }');
  expect(fs.readdirSync(cwd)).toEqual(['main.mld']);
  expect(await mlldc(['check', 'main.mld'], { cwd })).toMatchObject({ code: 0 });
});

describe('mlldc needs', () => {
  const SOURCE = 'var @a = cmd { jq . x.json }\nvar @b = <data.txt>\nvar @c = node { return require("dep") }\n';
  const DIRECTIVE = 'needs { filesystem, cmd: [jq], node: [dep] }';

  test('prints the directive, and runs nothing', async () => {
    const cwd = directory({ 'main.mld': `${SOURCE}run cmd { touch ran }\n` });
    expect(await mlldc(['needs', 'main.mld'], { cwd })).toMatchObject({
      code: 0,
      stdout: 'needs { filesystem, cmd: [jq, touch], node: [dep] }\n',
      stderr: '',
    });
    expect(fs.readdirSync(cwd)).toEqual(['main.mld']);
  });

  test('--json says what is declared, used and missing', async () => {
    const cwd = directory({ 'main.mld': `needs { cmd: [git] }\n${SOURCE}` });
    const { stdout } = await mlldc(['needs', '--json', 'main.mld'], { cwd });
    expect(JSON.parse(stdout)).toEqual({
      file: 'main.mld',
      directive: 'needs { filesystem, cmd: [git, jq], node: [dep] }',
      declared: { cmd: ['git'] },
      inferred: { filesystem: true, cmd: ['jq'], node: ['dep'] },
      missing: ['filesystem', 'cmd:jq', 'node', 'node:dep'],
    });
  });

  test.each([
    ['first in a file', 'main.mld', SOURCE, `${DIRECTIVE}\n${SOURCE}`],
    ['after the frontmatter', 'main.mld', `---\nt: 1\n---\n${SOURCE}`, `---\nt: 1\n---\n${DIRECTIVE}\n${SOURCE}`],
    ['in place of one that is there', 'main.mld', `>> note\nneeds { }\n${SOURCE}`, `>> note\n${DIRECTIVE}\n${SOURCE}`],
    [
      'with the slash of markdown and the line ends of the file',
      'main.mld.md',
      '# A\r\n/var @b = <data.txt>\r\n',
      '/needs { filesystem }\r\n# A\r\n/var @b = <data.txt>\r\n',
    ],
    ['behind its byte order mark', 'main.mld', `\uFEFF${SOURCE}`, `\uFEFF${DIRECTIVE}\n${SOURCE}`],
  ])('--write puts it %s, once', async (_, file, before, after) => {
    const cwd = directory({ [file]: before });
    for (let time = 0; time < 2; time++) {
      expect(await mlldc(['needs', '--write', file], { cwd })).toMatchObject({ code: 0 });
      expect(fs.readFileSync(path.join(cwd, file), 'utf8')).toBe(after);
    }
    expect(fs.readdirSync(cwd)).toEqual([file]);
  });

  test('a module with errors is left alone', async () => {
    const cwd = directory({ 'main.mld': 'var @a = \n' });
    expect(await mlldc(['needs', '--write', 'main.mld'], { cwd })).toMatchObject({ code: 1, stdout: '' });
    expect(fs.readFileSync(path.join(cwd, 'main.mld'), 'utf8')).toBe('var @a = \n');
    expect(await mlldc(['needs', '--write', '-'], { cwd, input: 'show 1' })).toMatchObject({ code: 2 });
  });
});
