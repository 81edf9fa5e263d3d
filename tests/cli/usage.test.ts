import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { directory, mlldc, root } from './harness.js';

describe('help and version', () => {
  it('--help prints the commands and ends with 0', async () => {
    const { code, stdout, stderr } = await mlldc(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of ['run', 'build', 'check', 'Examples:']) expect(stdout).toContain(word);
  });

  it('help of a command names its options', async () => {
    const { code, stdout } = await mlldc(['run', '--help']);
    expect(code).toBe(0);
    for (const option of ['--timeout', '--cpu-timeout', '--memory', '--no-stream', '--eval', '--md']) {
      expect(stdout).toContain(option);
    }
  });

  it('--version prints the version of the package', async () => {
    const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(await mlldc(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('no arguments print the help on standard error and end with 2', async () => {
    const { code, stdout, stderr } = await mlldc([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: mlldc');
  });

  it('every option in the help stands in docs/cli.md', async () => {
    const page = fs.readFileSync(path.join(root, 'docs/cli.md'), 'utf8');
    for (const command of ['run', 'build', 'check', 'keychain', 'env']) {
      const { stdout } = await mlldc([command, '--help']);
      const options = stdout.match(/^ {2}.*?(--[a-z-]+)/gm) ?? [];
      for (const option of options.map((line) => line.match(/--[a-z-]+/)?.[0] ?? '')) {
        if (option !== '--help') expect(page).toContain(option);
      }
    }
  });
});

describe('mistakes on the command line', () => {
  it.each([
    ['a value that is no duration', ['run', 'a.mld', '--timeout', 'soon'], "Expected a duration such as '500ms'"],
    ['a value that is no size', ['run', 'a.mld', '--memory', '-1'], 'Expected a size such as'],
    ['an option without its value', ['build', 'a.mld', '-o'], 'argument missing'],
    ['an unknown option of build', ['build', 'a.mld', '--fast'], "unknown option '--fast'"],
    ['a flag before the script', ['--topic', 'x', 'a.mld'], "Unknown option '--topic'"],
    ['an argument that belongs to no flag', ['run', 'a.mld', 'extra'], "Unexpected argument 'extra'"],
    ['no script at all', ['run'], 'No script given'],
    ['build without a script', ['build'], 'missing required argument'],
  ])('%s ends with 2 and says so in a line', async (_, args, message) => {
    const { code, stdout, stderr } = await mlldc(args, { cwd: directory({ 'a.mld': 'show "ran"\n' }) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^mlldc: /);
    expect(stderr).not.toMatch(/\bat .*\(.*:\d+:\d+\)/);
  });

  it('a missing file ends with 2 and suggests the one that is meant', async () => {
    const cwd = directory({ 'report.mld': 'show "x"\n', 'notes.txt': '' });
    const slip = await mlldc(['run', 'reprot.mld'], { cwd });
    expect(slip.code).toBe(2);
    expect(slip.stderr).toBe('mlldc: File not found: reprot.mld\n  💡 Did you mean report.mld?\n');
    const short = await mlldc(['report'], { cwd });
    expect(short.stderr).toContain('Did you mean report.mld?');
    const lost = await mlldc(['run', 'nowhere/else.mld'], { cwd });
    expect(lost.stderr).toBe(`mlldc: File not found: nowhere/else.mld\n  💡 Relative paths start at ${cwd}.\n`);
  });

  it('a misspelt command is recognised as one', async () => {
    const { code, stderr } = await mlldc(['biuld', 'a.mld'], { cwd: directory({ 'a.mld': 'show "x"\n' }) });
    expect(code).toBe(2);
    expect(stderr).toContain("Did you mean 'mlldc build'?");
  });

  it('what is not UTF-8 text is no script, nor a module, wherever it comes from', async () => {
    const cwd = directory({ 'main.mld': 'import { name } from "./latin.mld"\nshow @name\n' });
    const latin = Buffer.from('>> a remark\nvar @name = "caf\xe9"\n', 'latin1');
    fs.writeFileSync(path.join(cwd, 'latin.mld'), latin);
    const runs = await Promise.all(
      [
        ['run', 'latin.mld'],
        ['check', 'latin.mld'],
        ['build', 'main.mld'],
        ['run', 'main.mld'],
      ].map((args) => mlldc(args, { cwd })),
    );
    for (const { code, stdout, stderr } of runs) {
      expect(code).not.toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toContain('This is not UTF-8 text');
      expect(stderr).toContain('latin.mld:2:17');
      expect(stderr).toContain('Save the file as UTF-8');
    }
    expect(fs.existsSync(path.join(cwd, 'main.mjs'))).toBe(false);
  });

  it('a directory is no script', async () => {
    const { code, stderr } = await mlldc(['run', 'sub'], { cwd: directory({ 'sub/a.mld': '' }) });
    expect(code).toBe(2);
    expect(stderr).toContain('sub is a directory');
  });
});
