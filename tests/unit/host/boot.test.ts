/** The package's own code comes from V8's code cache where that fits, and from its text otherwise. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type vm from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boot, cacheOf, scriptOf } from '../../../runtime/host/boot.js';

const HASHED = 'chunk-part-0a1b2c3d.js';
let dir: string;

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'mlldc-boot-'));
  fs.writeFileSync(path.join(dir, 'entry.js'), `exports.sum = () => require('./${HASHED}').one + 1;`);
  fs.writeFileSync(path.join(dir, HASHED), `exports.one = require('node:path').sep.length; exports.file = __filename;`);
});

afterEach(() => fs.rmSync(dir, { recursive: true }));

function run(): { sum: number; rejected: Record<string, boolean | undefined> } {
  const rejected: Record<string, boolean | undefined> = {};
  const load = boot(dir, (file: string, script: vm.Script) => {
    rejected[path.basename(file)] = script.cachedDataRejected;
  });
  return { sum: (load('./entry.js') as { sum(): number }).sum(), rejected };
}

test('files load each other and what Node has, without any cache', () => {
  expect(run()).toEqual({ sum: 2, rejected: { 'entry.js': undefined, [HASHED]: undefined } });
});

test('a cache that fits is used', () => {
  const file = path.join(dir, HASHED);
  fs.writeFileSync(cacheOf(file), scriptOf(file).createCachedData());
  expect(run()).toEqual({ sum: 2, rejected: { 'entry.js': undefined, [HASHED]: false } });
});

test('a cache that does not fit costs nothing but time', () => {
  fs.writeFileSync(cacheOf(path.join(dir, HASHED)), 'not a cache');
  expect(run()).toEqual({ sum: 2, rejected: { 'entry.js': undefined, [HASHED]: true } });
});

test('a file whose name stays when its text changes has no cache', () => {
  const file = path.join(dir, 'entry.js');
  fs.writeFileSync(cacheOf(file), scriptOf(file).createCachedData());
  expect(run().rejected['entry.js']).toBe(undefined);
});
