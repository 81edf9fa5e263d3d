/** Leaks of the reference that are closed at the door, which is asked whatever the program's realm has decided. */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { mlldc } from '../cli/harness.js';
import { project } from './project.js';

const SHELL = 'policy @p = { deny: { sh: true } }\n';
const TOUCH = 'policy @p = { deny: { cmd: ["touch"] } }\n';
const credential = (operation: string): string =>
  `auth @tok = { from: "env:GIVEN", as: "GIVEN" }\npolicy @p = { labels: { secret: { deny: ["${operation}"] } } }\n`;

describe('leaks closed at the door', () => {
  test.concurrent.each([
    ['leak 15: a denied shell on a right-hand side', `${SHELL}var @r = sh { touch REACHED }`],
    ['leak 15: a denied shell behind run', `${SHELL}var @r = run sh { touch REACHED }`],
    ['leak 16: env', `${TOUCH}run cmd { env X=1 touch REACHED }`],
    ['leak 16: wrappers of wrappers', `${TOUCH}run cmd { nice -n 5 timeout 5 env X=1 touch REACHED }`],
    ['leak 16: xargs', `${TOUCH}run sh { echo REACHED | xargs touch }`],
    ['leak 16: find -exec', `${TOUCH}run cmd { find . -maxdepth 0 -exec touch REACHED ";" }`],
    ['leak 16: strings for a shell', `${TOUCH}run cmd { sh -c "touch REACHED" }`],
    ['leak 17: direct commands', `${credential('op:cmd')}run cmd { touch REACHED } using auth:tok`],
    ['leak 17: direct scripts', `${credential('op:sh')}run sh { touch REACHED } with { auth: "tok" }`],
  ])('%s', async (_, program) => {
    const cwd = project({ 'main.mld': program });
    const { code, stderr } = await mlldc(['run', 'main.mld'], { cwd, env: { GIVEN: 'hunter2' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/denied by policy|cannot flow to/);
    expect(stderr).not.toContain('hunter2');
    expect(fs.existsSync(path.join(cwd, 'REACHED'))).toBe(false);
  });
});
