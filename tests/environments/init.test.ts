/** Environments that are made to be filled in, and what the agent in them is asked (seed.md D17, D36). */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { entryFile, extractPrompt, findEnvironment } from '../../runtime/host/environments/index.js';
import { initEnvironment } from '../../runtime/host/environments/init.js';

let base: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'env-init-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

it.each([
  ['the project', false],
  ['the home directory', true],
])('a new environment of %s is where it is looked for', async (_, global) => {
  const places = { cwd: path.join(base, 'project'), home: path.join(base, 'home') };
  await initEnvironment('dev', { places, global });
  const environment = findEnvironment('dev', places);
  expect(environment).toMatchObject({ name: 'dev', scope: global ? 'global' : 'local' });
  expect(entryFile(environment)).toBe(path.join(environment.folder, 'index.mld'));
  expect(readdirSync(base)).toEqual([global ? 'home' : 'project']);
});

it.each([
  [['a "b" $(c)'], 'a "b" $(c)'],
  [['claude', '-p', 'a b'], 'a b'],
  [['claude', '--prompt', 'x'], 'x'],
  [['claude', '--prompt=x y'], 'x y'],
  [['fix', 'the', 'bug'], 'fix the bug'],
])('%j is one prompt', (args, prompt) => expect(extractPrompt(args)).toBe(prompt));
