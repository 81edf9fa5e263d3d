import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { directory, mlldc, node, root } from './cli/harness.js';

const EXAMPLES = path.join(root, 'examples');

/** A copy of an example without what it is expected to print, and its script's name. */
function copyOf(example: string): { cwd: string; script: string; expected: string } {
  const cwd = directory();
  fs.cpSync(path.join(EXAMPLES, example), cwd, { recursive: true });
  const expected = fs.readFileSync(path.join(cwd, 'expected.txt'), 'utf8');
  fs.rmSync(path.join(cwd, 'expected.txt'));
  const script = fs.readdirSync(cwd).find((name) => name.endsWith('.mld'));
  if (!script) throw new Error(`${example} has no script`);
  return { cwd, script, expected };
}

const examples = fs
  .readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe.each(examples)('the example %s', (example) => {
  it('prints what it should from source', async () => {
    const { cwd, script, expected } = copyOf(example);
    expect(await mlldc(['run', script], { cwd })).toMatchObject({ stdout: expected, code: 0 });
  });

  it('prints the same from another directory', async () => {
    const { cwd, script, expected } = copyOf(example);
    expect(await mlldc(['run', path.join(cwd, script)])).toMatchObject({ stdout: expected, code: 0 });
  });

  it('prints the same as a bundle', async () => {
    const { cwd, script, expected } = copyOf(example);
    expect(await mlldc(['build', script, '-o', 'app.mjs'], { cwd })).toMatchObject({ code: 0, stderr: '' });
    expect(await mlldc(['run', 'app.mjs'], { cwd })).toMatchObject({ stdout: expected, code: 0 });
  });

  it('prints the same as a standalone bundle, with nothing installed', async () => {
    const { cwd, script, expected } = copyOf(example);
    await mlldc(['build', script, '--standalone', '-o', 'app.mjs'], { cwd });
    expect(await node(['app.mjs'], { cwd })).toMatchObject({ stdout: expected, code: 0 });
  });

  it('is described by a README that names its command', () => {
    const readme = fs.readFileSync(path.join(EXAMPLES, example, 'README.md'), 'utf8');
    const { script } = copyOf(example);
    expect(readme).toContain(`node dist/cli.js run examples/${example}/${script}`);
  });
});

it('the README’s first command is an example', () => {
  const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
  const script = /node dist\/cli\.js run (\S+)/.exec(readme)?.[1];
  expect(script && fs.existsSync(path.join(root, script))).toBe(true);
});
