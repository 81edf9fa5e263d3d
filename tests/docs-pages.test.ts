/**
 * The "First steps" of the pages under docs: their files are written, their commands run in order, and
 * what the page says is printed is what is printed. `sh skip` needs more than mlldc.
 */

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../runtime/host/isolation/index.js';
import { cli, directory, root } from './cli/harness.js';

const noBubblewrap = findProgram('bwrap', process.env, '/') === null;

interface Block {
  language: string;
  text: string;
}

function firstSteps(page: string): Block[] {
  const text = fs.readFileSync(path.join(root, 'docs', page), 'utf8');
  const section = /^## First steps\n([\s\S]*?)^## /m.exec(text)![1]!;
  return [...section.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].map(([, language, body]) => ({
    language: language!,
    text: body!,
  }));
}

async function follow(page: string): Promise<void> {
  const cwd = directory({ 'bin/mlldc': `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n` });
  fs.chmodSync(path.join(cwd, 'bin/mlldc'), 0o755);
  const env = { ...process.env, NO_COLOR: '1', PATH: `${path.join(cwd, 'bin')}:${process.env.PATH}` };
  let printed = '';
  for (const { language, text } of firstSteps(page)) {
    const [, name, body] = /^>> (\S+)\n([\s\S]*)$/.exec(text) ?? [];
    if (name !== undefined) fs.writeFileSync(path.join(cwd, name), body!);
    else if (language === 'sh') {
      // A script that is refused at its end has printed before.
      const run = promisify(execFile)('sh', ['-c', text], { cwd, env });
      printed = (await run.catch((failure: { stdout: string }) => failure)).stdout;
    } else if (language === 'text') expect(printed).toBe(text);
  }
  expect(printed).not.toBe('');
}

describe('first steps', () => {
  it('of docs/mcp.md', () => follow('mcp.md'), 30_000);
  it.skipIf(noBubblewrap)('of docs/isolation.md', () => follow('isolation.md'), 30_000);
});
