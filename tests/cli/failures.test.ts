/** Commands that fail (language.md 6.5): the script goes on, and its end tells of them. */

import { describe, expect, it } from 'vitest';
import { directory, mlldc } from './harness.js';

const SCRIPT = 'run cmd { node -e "console.error(123);process.exit(3)" }\nvar @x = sh { exit 4 }\nshow "done"\n';

const run = (source: string, ...options: string[]) =>
  mlldc(['run', ...options, 'main.mld'], { cwd: directory({ 'main.mld': source }) });

describe('failed commands', () => {
  it('are told at the end of the run, on stderr', async () => {
    const { code, stdout, stderr } = await run(SCRIPT);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '123\ndone\n' });
    expect(stderr).toContain('❌ 2 errors occurred:');
    expect(stderr).toContain('1. MlldCommandExecution: Command execution failed: node -e');
    expect(stderr).toMatch(/exitCode: 3\n\s+stderr: 123\n\s+at: main\.mld:1:/);
    expect(stderr).toMatch(/exitCode: 4\n\s+at: main\.mld:2:/);
  });

  it('end a strict run', async () => {
    const { code, stdout, stderr } = await run(SCRIPT, '--strict');
    expect(code).toBe(1);
    expect(stdout).not.toContain('done');
    expect(stderr).toContain('MlldCommandExecution: Command execution failed: node -e');
  });

  it('are not named when a secret went into them', async () => {
    const { stderr } = await run(
      'var secret @key = "hunter2"\nvar @x = cmd { node -e "console.error(process.argv[1]);process.exit(3)" @key }\n',
    );
    expect(stderr).toContain('Command execution failed: [REDACTED]');
    expect(stderr).not.toContain('hunter2');
  });

  it('are no matter when there are none', async () => {
    expect(await run('run cmd { echo x }\n')).toMatchObject({ code: 0, stdout: 'x\n', stderr: '' });
  });
});

describe('a call of what is not there', () => {
  it.each([
    ['of a module', 'import "./lib.mld" as @m\nshow @m.nope("x")'],
    ['of an object', 'exe @f(o) = @o.nope("x")\nvar @o = { f: @f }\nshow @o.nope("x")'],
    ['of the keychain', 'needs { }\nshow keychain.nope("x")'],
  ])('%s is shown at its place', async (_title, source) => {
    const cwd = directory({ 'main.mld': source, 'lib.mld': 'exe @a() = `a`' });
    const { code, stderr } = await mlldc(['run', 'main.mld'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/main\.mld:[23]:\d+/);
  });
});
