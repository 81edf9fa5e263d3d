/** `policy.import` in mlld-config.json holds for every run (security.md 5.1, seed.md C14). */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { directory, mlldc } from './harness.js';

const CONFIG = JSON.stringify({ policy: { import: ['./policies/base.mld'] } });
const NO_SHELL = 'policy @house = { deny: { sh: true } }\n';
const MAIN = 'show "started"\nvar @x = sh { echo ran }\nshow @x\n';

const project = (policy: string, files: Record<string, string> = {}) =>
  directory({ 'mlld-config.json': CONFIG, 'policies/base.mld': policy, 'main.mld': MAIN, ...files });

describe('policies of the configuration', () => {
  test.each([
    ['a policy directive', NO_SHELL],
    ['an exported object', 'var @config = { deny: { sh: true } }\nexport { @config }\n'],
    ['a union', 'var @a = { deny: { sh: true } }\npolicy @house = union(@a)\n'],
  ])('%s holds from the first line on', async (_, policy) => {
    const { code, stdout, stderr } = await mlldc(['run', 'main.mld'], { cwd: project(policy) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'started\n' });
    expect(stderr).toContain('Shell access denied by policy');
  });

  test('in scripts below the root, from standard input and in imported modules', async () => {
    const cwd = project(NO_SHELL, { 'sub/main.mld': 'import { @x } from "../main.mld"\nshow @x\n' });
    for (const [args, input] of [
      [['run', 'sub/main.mld'], ''],
      [['run', '-'], MAIN],
    ] as const) {
      const { code, stderr } = await mlldc(args, { cwd, input });
      expect(code).toBe(1);
      expect(stderr).toContain('Shell access denied by policy');
    }
  });

  test('they add up with those of the script and with each other, once each', async () => {
    const cwd = directory({
      'mlld-config.json': JSON.stringify({ policy: { import: ['./a.mld', 'b.mld', './a.mld'] } }),
      'a.mld': 'policy @a = { limits: { timeout: 5 } }\n',
      'b.mld': 'policy @b = { limits: { timeout: 3 } }\n',
      'main.mld':
        'policy @c = { limits: { timeout: 9 } }\nshow `@mx.policy.activePolicies @mx.policy.configs.limits.timeout`\n',
    });
    expect(await mlldc(['run', 'main.mld'], { cwd })).toMatchObject({ code: 0, stdout: '["a","b","c"] 3\n' });
  });

  test.each([
    ['is not there', undefined, 'policies/base.mld, which mlld-config.json imports for every run, is not there'],
    ['does not parse', 'policy @p = ', 'mlld error'],
    ['is no policy', 'var @x = 1\n', 'is not a policy configuration'],
    ['has a key nobody knows', 'policy @p = { alow: ["sh"] }\n', "Did you mean 'allow'?"],
  ])('a module that %s stops every run', async (_, policy, text) => {
    const cwd = project(policy ?? '');
    if (policy === undefined) fs.rmSync(path.join(cwd, 'policies/base.mld'));
    const { code, stdout, stderr } = await mlldc(['run', 'main.mld'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(text);
  });

  test('a bundle carries them, and is refused where others hold', async () => {
    // Whether the shell is reached is not known before the run, so the build goes through.
    const main = `var @word = cmd { echo go }\nvar @out = when [ @word == "go" => sh { echo ran }; * => "no" ]\nshow @out\n`;
    const cwd = project(NO_SHELL, { 'main.mld': main });
    expect(await mlldc(['build', 'main.mld'], { cwd })).toMatchObject({ code: 0 });
    expect((await mlldc(['run', 'main.mjs'], { cwd })).stderr).toContain('Shell access denied by policy');
    fs.writeFileSync(path.join(cwd, 'policies/base.mld'), 'policy @house = { deny: { cmd: ["*"] } }\n');
    const { code, stdout, stderr } = await mlldc(['run', 'main.mjs'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('which main.mld was built without');
  });

  test('the policy module itself can be run', async () => {
    const cwd = project(`${NO_SHELL}guard @g before op:show = when [ false => deny "no" ]\nshow "ok"\n`);
    expect(await mlldc(['run', 'policies/base.mld'], { cwd })).toMatchObject({ code: 0, stdout: 'ok\n' });
  });
});
