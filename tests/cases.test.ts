/**
 * The golden cases: scripts and what they print, from source and as a bundle, through the built command line. The first case
 * of every area runs in processes of its own, the others one after the other in one process.
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
import { mlldc } from './cli/harness.js';
import { type Said, warm } from './cli/warm.js';

// Two at a time: machines that test have few cores.
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
    const cases = directories(path.join(CASES, area)).map((name, i) => prepared(area, name, i === 0));
    for (const { name, folder, fails, runs } of cases) {
      const [source, bundle] = runs;
      it(`${name}, from source`, async () => {
        check((await said(source))[0]!, source.cwd, folder, fails);
      });

      it(`${name}, as a bundle`, async () => {
        const { cwd } = bundle;
        const [built, ran] = await said(bundle);
        if (ran) return check(ran, cwd, folder, fails);
        const refusal = optional(folder, 'expected.build');
        if (refusal === '') check(built!, cwd, folder, fails);
        else {
          expect(built).toMatchObject({ code: 1, stdout: '' });
          inOrder(refusal, built!.stderr.replaceAll(cwd, '<dir>'));
        }
        expect(fs.existsSync(path.join(cwd, 'app.mjs'))).toBe(false);
      });
    }
  });
}

/** One way to run a case: command lines in a directory of their own. */
interface CaseRun {
  cwd: string;
  commands: string[][];
  input: string;
  /** In processes of its own: the first case of an area, and what has an input. */
  isAlone: boolean;
}

function prepared(area: string, name: string, isFirst: boolean) {
  const folder = path.join(CASES, area, name);
  const input = optional(folder, 'input');
  const run = (commands: (main: string, args: string[]) => string[][]): CaseRun => {
    const { cwd, main, args } = copyOf(folder);
    return { cwd, commands: commands(main, args), input, isAlone: isFirst || input !== '' };
  };
  const runs: [CaseRun, CaseRun] = [
    run((main, args) => [['run', main, ...args]]),
    run((main, args) => [
      ['build', main, '-o', 'app.mjs'],
      ['run', 'app.mjs', ...args],
    ]),
  ];
  return { name, folder, fails: area === 'errors' || name.startsWith('error-'), runs };
}

/** What the commands printed, up to one that fails. */
async function said({ cwd, commands, isAlone, input }: CaseRun): Promise<Said[]> {
  const done: Said[] = [];
  for (const args of commands) {
    if (done.some(({ code }) => code !== 0)) break;
    done.push(await (isAlone ? mlldc(args, { cwd, input }) : warm(args, { cwd })));
  }
  return done;
}

/** A case in a directory of its own, without what is expected of it. */
function copyOf(folder: string): { cwd: string; main: string; args: string[] } {
  const cwd = fs.mkdtempSync(path.join(scratch, 'case-'));
  fs.cpSync(folder, cwd, { recursive: true, filter: (source) => !NOT_COPIED.has(path.relative(folder, source)) });
  const main = fs.existsSync(path.join(cwd, 'main.mld')) ? 'main.mld' : 'main.mld.md';
  const args = optional(folder, 'args')
    .split('\n')
    .filter((line) => line !== '');
  return { cwd, main, args };
}

function check(outcome: Said, cwd: string, folder: string, fails: boolean): void {
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
