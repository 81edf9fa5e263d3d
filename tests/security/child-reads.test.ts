/**
 * Labels follow a file into the children that read it (security.md 1.4 row 50, 10.2), as far as the
 * child is told of the file.
 */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { namedFiles } from '../../runtime/host/bindings/exec/reads.js';
import type { Services } from '../../runtime/host/bindings/services.js';
import { warm } from '../cli/warm.js';
import { project } from './project.js';

const WRITTEN = 'var secret @s = "hunter2-key"\noutput @s to "notes/o.txt"\n';

async function run(program: string, files: Record<string, string> = {}) {
  const cwd = project({ ...files, 'main.mld': program });
  return { cwd, ...(await warm(['run', 'main.mld'], { cwd })) };
}

describe('what a child reads', () => {
  test.concurrent.each([
    ['by its path', 'cmd { cat notes/o.txt }'],
    ['by a dotted path', 'cmd { cat ./notes/../notes/o.txt }'],
    ['by a redirection', 'sh { cat < notes/o.txt }'],
    ['after changing directory', 'sh { cd notes && cat o.txt }'],
    ['by a quoted name', `sh { cat "notes/o".'txt' }`],
    ['by a pattern', 'sh { cat notes/*.txt }'],
    ['by its directory', 'cmd { grep -rh . notes }'],
    ['as the value of an option', 'cmd { dd if=notes/o.txt }'],
    ['from node', 'node { return require("fs").readFileSync("notes/o.txt", "utf8") }'],
    ['from python', 'py { print(open("notes/o.txt").read()) }'],
  ])('named %s carries its labels', async (_how, code) => {
    const { stdout } = await run(`${WRITTEN}var @c = ${code}\nshow @c.mx.labels\n`);
    expect(stdout).toBe('["secret"]\n');
  });

  test.concurrent('named by a parameter, the environment or standard input', async () => {
    const { stdout } = await run(
      `${WRITTEN}exe @read(file) = sh { cat "$file" }\nvar @a = @read("notes/o.txt")\nshow @a.mx.labels\n` +
        'var @b = "notes/o.txt" | cmd { xargs cat }\nshow @b.mx.labels\n',
    );
    expect(stdout).toBe('["secret"]\n["secret"]\n');
  });

  test.concurrent('is copied with its labels', async () => {
    const { stdout } = await run(
      `${WRITTEN}run cmd { cp notes/o.txt copy.md }\nvar @c = <copy.md>\nshow @c.mx.labels\nvar @d = cmd { cat copy.md }\nshow @d.mx.labels\n`,
    );
    expect(stdout).toBe('["secret"]\n["secret"]\n');
  });

  test.concurrent('a child that names no such file has no labels', async () => {
    const { stdout } = await run(`${WRITTEN}var @c = cmd { echo notes-o.txt-x }\nshow @c.mx.labels\n`);
    expect(stdout).toBe('[]\n');
  });

  test.concurrent('is judged by policies before the child runs', async () => {
    const { code, stderr, cwd } = await run(
      `policy @p = { labels: { secret: { deny: ["op:cmd"] } } }\n${WRITTEN}run cmd { cp notes/o.txt out.txt }\n`,
    );
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain("Label 'secret' cannot flow to 'op:cmd'");
    expect(fs.existsSync(path.join(cwd, 'out.txt'))).toBe(false);
  });

  test.concurrent('is judged by what the executable around does', async () => {
    const { code, stderr, cwd } = await run(
      `policy @p = { defaults: { rules: ["no-secret-exfil"] } }\n${WRITTEN}exe exfil @send() = cmd { cp notes/o.txt out.txt }\nshow @send()\n`,
    );
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain("label 'secret' cannot flow to 'exfil'");
    expect(fs.existsSync(path.join(cwd, 'out.txt'))).toBe(false);
  });
});

describe('a file that a child with labelled data wrote', () => {
  test.concurrent('has its labels, however deep it is', async () => {
    const deep = 'd/'.repeat(12);
    const { stdout } = await run(
      `var secret @s = "kept"\nrun sh (@s) { mkdir -p ${deep}; printf %s "$s" > ${deep}f.txt }\nvar @r = <${deep}f.txt>\nshow @r.mx.labels\n`,
    );
    expect(stdout).toContain('"secret"');
  });
});

describe('namedFiles', () => {
  const services = { dir: '/p', environment: { HOME: '/home/u' } } as unknown as Services;
  const named = (args: object, known: string[]) => namedFiles(services, args, known);

  test('a name is a word of its own', () => {
    expect(named({ command: 'cat o.txt' }, ['/p/o.txt', '/p/no.txt'])).toEqual(['/p/o.txt']);
    expect(named({ command: 'cat foo.txt o.txt2' }, ['/p/o.txt'])).toEqual([]);
  });

  test('home, braces and the directory of the child count', () => {
    expect(named({ command: 'cat ~/k*' }, ['/home/u/key'])).toEqual(['/home/u/key']);
    expect(named({ command: 'cat {a,b}.md' }, ['/p/b.md'])).toEqual(['/p/b.md']);
    expect(named({ command: 'tar c .', cwd: '/w/x' }, ['/w/x/deep/f'])).toEqual(['/w/x/deep/f']);
  });

  test('a lone slash and long texts without names name nothing', () => {
    expect(named({ command: 'expr 6 / 2' }, ['/p/o.txt'])).toEqual([]);
    expect(named({ stdin: '* '.repeat(40_000) }, ['/p/o.txt'])).toEqual([]);
  });
});
