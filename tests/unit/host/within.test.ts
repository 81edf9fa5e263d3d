/** Paths that have to stay inside a directory (docs/door.md, `within`). */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pathSubject, requireInside } from '../../../runtime/host/bindings/files/target.js';

let base: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'mlldc-within-')));
  mkdirSync(join(base, 'in'));
  writeFileSync(join(base, 'in/file'), '');
  writeFileSync(join(base, 'secret'), '');
  symlinkSync(join(base, 'secret'), join(base, 'in/link'));
  symlinkSync(base, join(base, 'in/up'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const inside = (path: string) => () => requireInside(pathSubject('r', join(base, path)), join(base, 'in'), 'Mlld');

describe('within', () => {
  test.each(['in/file', 'in/new/deep', 'in'])('lets %s through', (path) => expect(inside(path)).not.toThrow());
  test.each(['secret', 'in/../secret', 'in/link', 'in/up/secret', 'in/up/new', 'inside'])('refuses %s', (path) =>
    expect(inside(path)).toThrow('leads outside'),
  );
});
