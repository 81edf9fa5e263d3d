/** Every promise of docs/security-model.md names the test that proves it, and that test is there. */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasTest } from './titles.js';

const root = path.resolve(import.meta.dirname, '../..');
const page = fs.readFileSync(path.join(root, 'docs/security-model.md'), 'utf8');
const promised = page.slice(page.indexOf('## Promised'), page.indexOf('## Not promised'));
const promises = promised.split('\n').filter((line) => line.startsWith('- '));
const LINK = /\[test\]\(\.\.\/(tests\/[^ )]+) "([^"]+)"\)/g;

describe('docs/security-model.md', () => {
  test('is one page of promises', () => {
    expect(promises.length).toBeGreaterThan(20);
  });

  test.each(promises.map((promise) => [promise.slice(2, 80), promise]))('%s…', (_start, promise) => {
    const links = [...promise.matchAll(LINK)];
    expect(links).not.toEqual([]);
    for (const [, file, title] of links) expect(hasTest(file!, title!), title).toBe(true);
  });
});
