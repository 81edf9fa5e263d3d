/** Boxes that ask for isolation (security.md 9.1), enforced on real children. */

import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../runtime/host/isolation/index.js';
import { directory, mlldc } from './harness.js';

const noBubblewrap = findProgram('bwrap', process.env, '/') === null;

async function run(script: string, env: Record<string, string> = {}) {
  const cwd = directory({ 'main.mld': script, 'secret.txt': 'hidden' });
  return { cwd, ...(await mlldc(['run', 'main.mld'], { cwd, env })) };
}

describe.skipIf(noBubblewrap)('an isolated box', () => {
  it('keeps commands and code away from files it does not list', async () => {
    const cwd = directory({ 'secret.txt': 'hidden' });
    const { stdout, stderr } = await run(`box { fs: { read: ["/usr", "/bin", "/lib", "/lib64"] } } [
  let @a = sh { cat ${cwd}/secret.txt || echo refused }
  show @a
  let @b = sh { echo x > ${cwd}/made.txt || echo refused }
  show @b
  let @c = sh { echo own > here.txt; cat here.txt }
  show @c
]`);
    expect(stdout, stderr).toBe('refused\nrefused\nown\n');
    expect(fs.existsSync(`${cwd}/made.txt`)).toBe(false);
  });

  it('has no network when it says so', async () => {
    const { stdout, stderr } = await run(`box { net: "none" } [
  let @a = sh { cat /proc/net/dev | grep -c -v lo: }
  show @a
]`);
    expect(stdout, stderr).toBe('2\n');
  });

  it('cannot be left through a box inside', async () => {
    const { stderr, code } = await run('box { net: "none" } [ box { net: "*" } [ run cmd { true } ] ]');
    expect(code).toBe(1);
    expect(stderr).toContain('cannot change its isolation');
  });
});

describe('isolation that cannot be had', () => {
  it.each([
    ['{ net: "none" }', 'Isolation was asked for and is not available on this machine'],
    ['{ provider: "nowhere" }', "Unknown isolation provider 'nowhere'"],
    ['{ net: "none", provider: "local" }', "The 'local' provider cannot restrict"],
    ['{ fs: { reed: ["/"] } }', 'box fs has unknown entries: reed'],
    ['{ limits: { timeMs: "soon" } }', 'box limits.timeMs must be a positive number'],
  ])('refuses %s', async (config, message) => {
    const env: Record<string, string> = message.includes('not available') ? { PATH: '/nonexistent' } : {};
    const { stdout, stderr, code } = await run(`box ${config} [ run cmd { echo ran } ]`, env);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('ends a child at the time limit', async () => {
    const { stderr, code } = await run('box { limits: { timeMs: 300 } } [ run cmd { sleep 20 } ]');
    expect(stderr).toContain('timed out after 300 ms');
    expect(code).toBe(1);
  });
});
