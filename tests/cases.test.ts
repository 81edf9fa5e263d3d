/**
 * The golden cases: scripts and what they print, from source and as a bundle, through the built command line.
 *
 * A case is a folder `tests/cases/<area>/<case>`: `main.mld` or `main.mld.md`, the files it needs, `expected.md` with its
 * standard output, and these when they are there: `expected.err`, lines that occur in this order on standard error (a run
 * without one says nothing there; `<dir>` is the case's directory); `expected.build`, the same of a build that refuses the
 * script, because it would certainly fail; `args`, one argument a line; `input`, its standard input. A case whose name begins
 * with `error-`, or whose area is `errors`, must end with exit code 1, every other one with 0.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { mlldc, type Outcome } from './cli/harness.js';

// Two processes at a time: a case is mostly start-up, and machines that test have few cores.
vi.setConfig({ maxConcurrency: 2 });

const CASES = path.resolve(import.meta.dirname, 'cases');
const NOT_COPIED = new Set(['expected.md', 'expected.err', 'expected.build', 'args', 'input']);

const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-cases-')));
afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

const directories = (parent: string): string[] =>
  fs
    .readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

for (const area of directories(CASES)) {
  describe.concurrent(area, () => {
    for (const name of directories(path.join(CASES, area))) {
      const folder = path.join(CASES, area, name);
      const fails = area === 'errors' || name.startsWith('error-');

      it(`${name}, from source`, async () => {
        const { cwd, main, args, input } = copyOf(folder);
        check(await mlldc(['run', main, ...args], { cwd, input }), cwd, folder, fails);
      });

      it(`${name}, as a bundle`, async () => {
        const { cwd, main, args, input } = copyOf(folder);
        const built = await mlldc(['build', main, '-o', 'app.mjs'], { cwd });
        if (built.code === 0)
          return check(await mlldc(['run', 'app.mjs', ...args], { cwd, input }), cwd, folder, fails);
        const refusal = optional(folder, 'expected.build');
        if (refusal === '') check(built, cwd, folder, fails);
        else {
          expect(built).toMatchObject({ code: 1, stdout: '' });
          inOrder(refusal, built.stderr.replaceAll(cwd, '<dir>'));
        }
        expect(fs.existsSync(path.join(cwd, 'app.mjs'))).toBe(false);
      });
    }
  });
}

/** A case in a directory of its own, without what is expected of it. */
function copyOf(folder: string): { cwd: string; main: string; args: string[]; input: string } {
  const cwd = fs.mkdtempSync(path.join(scratch, 'case-'));
  fs.cpSync(folder, cwd, { recursive: true, filter: (source) => !NOT_COPIED.has(path.relative(folder, source)) });
  const main = fs.existsSync(path.join(cwd, 'main.mld')) ? 'main.mld' : 'main.mld.md';
  const args = optional(folder, 'args')
    .split('\n')
    .filter((line) => line !== '');
  return { cwd, main, args, input: optional(folder, 'input') };
}

function check(outcome: Outcome, cwd: string, folder: string, fails: boolean): void {
  const stderr = outcome.stderr.replaceAll(cwd, '<dir>');
  expect(outcome.stdout).toBe(fs.readFileSync(path.join(folder, 'expected.md'), 'utf8'));
  const expected = optional(folder, 'expected.err');
  if (expected === '') expect(stderr).toBe('');
  inOrder(expected, stderr);
  expect(outcome.code).toBe(fails ? 1 : 0);
}

/** Each line that is expected stands on standard error, one after the other. */
function inOrder(expected: string, stderr: string): void {
  let from = 0;
  for (const line of expected.split('\n').filter((text) => text.trim() !== '')) {
    const at = stderr.indexOf(line.trim(), from);
    expect(at, `standard error has ${JSON.stringify(line)} in its place:\n${stderr}`).toBeGreaterThanOrEqual(0);
    from = at + line.trim().length;
  }
}

function optional(folder: string, file: string): string {
  const full = path.join(folder, file);
  return fs.existsSync(full) ? fs.readFileSync(full, 'utf8') : '';
}
