/**
 * Children that cannot outlive us.
 *
 * Every child is the leader of a process group of its own, so that it can be killed together with
 * everything it started. What kills the group when we are gone (SIGKILL, a crash, Ctrl-C in a
 * program without handlers) is a tiny watcher inside the group: it reads a pipe that only we hold
 * open, and end of file means we have died. The watcher also keeps the group's id from being
 * given to other processes while we may still signal it.
 */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long a group may take to end after SIGTERM, in seconds (security.md 9.4). */
const GRACE_SECONDS = 5;

const WATCHER = `{ trap '' TERM INT HUP; read -r _ <&3; kill -s TERM -- -$$; sleep ${GRACE_SECONDS}; kill -s KILL -- -$$; } </dev/null >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

export interface GroupOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** stdin, stdout and stderr. */
  readonly stdio: readonly ('pipe' | 'ignore' | 'inherit')[];
}

const living = new Set<ChildProcess>();
let exitHook = false;

/**
 * Starts `argv` as the leader of a process group that ends when this process does.
 * @returns The child; its `pid` is the id of the group.
 */
export function spawnGroup(argv: readonly [string, ...string[]], options: GroupOptions): ChildProcess {
  const child = process.platform === 'win32' ? spawnPlain(argv, options) : spawnWatched(argv, options);
  if (!exitHook) {
    exitHook = true;
    process.once('exit', () => {
      for (const survivor of living) signalGroup(survivor, 'SIGKILL');
    });
  }
  living.add(child);
  child.once('exit', () => {
    // The leader is gone; whatever it left in its group goes with it, the watcher included.
    signalGroup(child, 'SIGKILL');
    living.delete(child);
  });
  child.once('error', () => living.delete(child));
  return child;
}

/** Sends a signal to the whole group; a group that is gone already is not an error. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' }).on('error', () => child.kill());
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: nobody left to signal.
  }
}

/** Asks the group to end, and kills it when it has not within the grace period. */
export async function stopGroup(child: ChildProcess, graceMs = GRACE_SECONDS * 1000): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}

function spawnWatched(argv: readonly [string, ...string[]], options: GroupOptions): ChildProcess {
  const child = spawn('/bin/sh', ['-c', WATCHER, argv[0], ...argv], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: [...options.stdio, 'pipe'] as StdioOptions,
  });
  // The pipe exists to be closed by our death; it must neither keep us alive nor raise errors.
  const lifeline = child.stdio[3];
  if (lifeline) {
    lifeline.on('error', () => {});
    (lifeline as unknown as { unref(): void }).unref();
  }
  return child;
}

function spawnPlain(argv: readonly [string, ...string[]], options: GroupOptions): ChildProcess {
  return spawn(argv[0], argv.slice(1), {
    cwd: options.cwd,
    env: options.env,
    stdio: [...options.stdio] as StdioOptions,
    windowsHide: true,
  });
}
