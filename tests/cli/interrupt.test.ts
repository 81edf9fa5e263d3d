/** Ctrl-C and its relatives, and the status line, with whole processes (docs/cli.md). */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cli, directory } from './harness.js';

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await delay(25);
  if (!condition()) throw new Error('it did not happen');
}

interface Running {
  child: ChildProcess;
  stderr: () => string;
  /** Settles when the process has ended. */
  ended: Promise<[code: number | null, signal: string | null]>;
  /** The pids the script's commands wrote, each to a file of this name. */
  pids: (...names: string[]) => Promise<number[]>;
}

function start(source: string): Running {
  const dir = directory({ 'main.mld': source });
  const child = spawn(process.execPath, [cli, 'run', 'main.mld'], { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close') as Running['ended'];
  const pids = (...names: string[]) =>
    Promise.all(
      names.map(async (name) => {
        const file = join(dir, name);
        await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
        return Number(readFileSync(file, 'utf8'));
      }),
    );
  return { child, stderr: () => stderr, ended, pids };
}

function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const SLEEPS = `exe @wait(name) = sh { echo $$ > "$name"; sleep 300 & wait }
for parallel(2) @name in ["a", "b"] => @wait(@name)
show "never"
`;

describe('a run that is told to stop', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s ends its commands, says what was running and exits with %d', async (signal, code) => {
    const { child, stderr, ended, pids } = start(SLEEPS);
    const running = await pids('a', 'b');
    child.kill(signal);
    expect(await ended).toEqual([code, null]);
    expect(running.filter(alive)).toEqual([]);
    expect(stderr()).toMatch(
      new RegExp(
        `^\nStopped by ${signal}. Still running:\n(  shell script: .*\\(main.mld:1:19, \\d+\\.\\d s\\)\n){2}$`,
      ),
    );
  });

  it('twice kills what does not want to end', async () => {
    const { child, stderr, ended, pids } = start(`run sh { trap "" TERM; echo $$ > a; while :; do sleep 1; done }\n`);
    const [pid] = await pids('a');
    child.kill('SIGINT');
    await until(() => stderr().includes('Stopped by SIGINT'));
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    await until(() => !alive(pid!));
  });

  it('while it computes', async () => {
    const { child, stderr, ended, pids } = start('run sh { echo $$ > a }\nloop endless [ let @x = 1 ]\n');
    await pids('a');
    await delay(100);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(stderr()).toBe('\nStopped by SIGINT while the script was computing.\n');
  });

  it('does not show what labels protect', async () => {
    const { child, stderr, ended, pids } = start(
      'var secret @key = "hunter2"\nrun cmd { node -e "fs.writeFileSync(\'a\',process.pid+\'\\n\');setInterval(()=>{},999)" @key }\n',
    );
    await pids('a');
    child.kill('SIGINT');
    await ended;
    expect(stderr()).toMatch(/^\nStopped by SIGINT. Still running:\n {2}command \(main.mld:2:/);
    expect(stderr()).not.toContain('hunter2');
  });
});

/** `script` gives the program a terminal of its own. */
const hasScript = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

describe.skipIf(!hasScript)('on a terminal', () => {
  const LOOP = `exe @slow(x) = sh { sleep 0.4; echo "done $x" }
show "begin"
for parallel(2) @i in [1,2,3,4] => show @slow(@i)
show "end"
`;

  async function onTerminal(args: string, env: Record<string, string> = {}): Promise<string> {
    const { NO_COLOR: _, CI: __, ...rest } = process.env;
    const child = spawn('script', ['-qec', `"${process.execPath}" "${cli}" run ${args} main.mld`, '/dev/null'], {
      cwd: directory({ 'main.mld': LOOP }),
      env: { ...rest, TERM: 'xterm', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    await once(child, 'close');
    return text;
  }

  /** What stays on the screen: a carriage return goes back, and erasing takes away what is there. */
  function screen(text: string): string[] {
    return text
      .replaceAll('\r\n', '\n')
      .split('\n')
      .map((line) => line.split('\r\x1b[K').at(-1)!);
  }

  it('a parallel loop shows how far it is, below its output, and leaves nothing behind', async () => {
    const text = await onTerminal('');
    expect(text).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] {2}[0-3]\/4 {2}sleep 0\.4; echo "done \$x"( \(\+1\))? {2}0s/);
    const lines = screen(text);
    expect([...lines].sort()).toEqual(['', 'begin', 'done 1', 'done 2', 'done 3', 'done 4', 'end']);
    expect([lines[0], lines.at(-2), lines.at(-1)]).toEqual(['begin', 'end', '']);
  });

  it.each([
    ['--quiet', {}],
    ['', { NO_COLOR: '1' }],
    ['', { CI: '1' }],
  ])('nothing is shown with %s %o', async (args, env) => {
    expect(await onTerminal(args, env)).not.toContain('\x1b[K');
  });
});
