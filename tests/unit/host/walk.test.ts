import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filesBelow } from '../../../runtime/host/bindings/exec/walk.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mlldc-walk-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(name: string): string {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
}

async function below(limit?: number): Promise<string[]> {
  const files: string[] = [];
  for await (const file of filesBelow(root, limit)) files.push(file);
  return files.sort();
}

describe('the files a child may have changed', () => {
  test('are found however deep they are', async () => {
    const files = [write('a'), write(`${'d/'.repeat(40)}b`)];
    expect(await below()).toEqual(files);
  });

  test('are not behind links, nor where nobody keeps data', async () => {
    write('node_modules/a');
    write('x/.git/a');
    symlinkSync(root, path.join(root, 'link'));
    expect(await below()).toEqual([]);
  });

  test('are an error when they are too many to look through', async () => {
    for (const name of ['a', 'b', 'c']) write(name);
    expect(await below(3)).toHaveLength(3);
    await expect(below(2)).rejects.toMatchObject({
      code: 'WRITES_LIMIT',
      message: expect.stringContaining('more than 2 files and directories'),
    });
  });
});
