/** Every example of the language documentation runs and prints what the page says. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Example, examplesOf } from './docs/examples.js';

const PAGES = path.resolve(import.meta.dirname, '../docs/language');
const RUNNER = path.resolve(import.meta.dirname, 'docs/run-batch.mjs');
/** Processes at a time, each of which runs many examples. */
const PROCESSES = 2;

interface Outcome {
  stdout: string;
  stderr: string;
  code: number;
}

const pages = fs
  .readdirSync(PAGES)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, examples: examplesOf(fs.readFileSync(path.join(PAGES, name), 'utf8')) }));

const outcomes = new Map<Example, Outcome>();
const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-docs-')));
afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

beforeAll(async () => {
  const all = pages.flatMap(({ examples }) => examples);
  const shares = Array.from({ length: PROCESSES }, (_, share) => all.filter((_, index) => index % PROCESSES === share));
  await Promise.all(shares.map(runShare));
}, 240_000);

describe.each(pages.filter(({ examples }) => examples.length > 0))('docs/language/$name', ({ examples }) => {
  it.each(examples)('line $line ($heading)', (example) => {
    const { stdout, ...rest } = outcomes.get(example)!;
    // A fence cannot show that the last line has no newline.
    const outcome = { stdout: stdout.replace(/(?<=[^\n])$/, '\n'), ...rest };
    if (example.error) {
      for (const line of example.error) expect(outcome.stderr).toContain(line.trim());
      expect(outcome).toMatchObject({ stdout: example.output, code: 1 });
    } else {
      expect(outcome).toEqual({ stdout: example.output, stderr: example.stderr ?? '', code: 0 });
    }
  });
});

it('is indexed: every page is linked from the first one, and every link leads somewhere', () => {
  const index = fs.readFileSync(path.join(PAGES, 'README.md'), 'utf8');
  for (const { name } of pages) if (name !== 'README.md') expect(index).toContain(`](${name})`);
  for (const { name } of pages) {
    const text = fs.readFileSync(path.join(PAGES, name), 'utf8').replace(/^(`{3,})[\s\S]*?^\1$/gm, '');
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      expect(fs.existsSync(path.join(PAGES, target!)), `${name} links ${target}`).toBe(true);
    }
  }
});

/** Runs these examples, one after the other, in one process. */
async function runShare(examples: Example[]): Promise<void> {
  const jobs = examples.map((example) => {
    const directory = fs.mkdtempSync(path.join(scratch, 'example-'));
    for (const [name, text] of Object.entries({ ...example.files, [example.script]: example.source })) {
      fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      fs.writeFileSync(path.join(directory, name), text);
    }
    return { directory, script: example.script };
  });
  const results = path.join(fs.mkdtempSync(path.join(scratch, 'results-')), 'outcomes.json');
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [RUNNER, results], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`the examples ended with ${code}`))));
    child.stdin.end(JSON.stringify(jobs));
  });
  for (const [index, outcome] of (JSON.parse(fs.readFileSync(results, 'utf8')) as Outcome[]).entries()) {
    outcomes.set(examples[index]!, outcome);
  }
}
