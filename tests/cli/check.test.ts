import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { directory, mlldc } from './harness.js';

describe('mlldc check', () => {
  it('says nothing about a good script, and runs none of it', async () => {
    const cwd = directory({ 'good.mld': 'show "ran"\noutput "x" to "made.txt"\n' });
    expect(await mlldc(['check', 'good.mld'], { cwd })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(fs.readdirSync(cwd)).toEqual(['good.mld']);
  });

  it('checks every script named and ends with 1 when one has errors', async () => {
    const cwd = directory({ 'a.mld': 'var @x = [1\n', 'b.mld': 'show "fine"\n', 'c.mld': 'show\n' });
    const { code, stderr } = await mlldc(['check', 'a.mld', 'b.mld', 'c.mld'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('a.mld:1:');
    expect(stderr).toContain('c.mld:1:');
    expect(stderr).not.toContain('b.mld');
  });

  it('reads standard input and the command line', async () => {
    expect((await mlldc(['check', '-'], { input: 'show "x"\n' })).code).toBe(0);
    expect((await mlldc(['check', '-e', 'var @x ='])).code).toBe(1);
    expect((await mlldc(['check'])).code).toBe(2);
  });
});
