/** The scripts on these pages need keychains, agents and servers to run; they compile without. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../compiler/index.js';

const PAGES = ['credentials', 'environments', 'stdlib'];

describe.each(PAGES)('docs/%s.md', (page) => {
  const text = fs.readFileSync(path.join(import.meta.dirname, `../docs/${page}.md`), 'utf8');
  const scripts = [...text.matchAll(/^```mll?d\n([\s\S]*?)^```$/gm)].map(([, source]) => source!);
  test.each(scripts)('%s', (source) => {
    const file = path.join(os.tmpdir(), 'page.mld');
    expect(compile({ source, file }).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
