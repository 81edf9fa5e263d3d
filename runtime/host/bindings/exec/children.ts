/**
 * The child processes of one run. Every child leads a process group of its own, so whatever it
 * starts in turn can be ended with it; `close` leaves nothing behind. (A process that moves to
 * another session by `setsid` leaves the group and is out of reach; docs/door.md says so.)
 */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AttachedChildren } from './attached.js';
import { Watcher } from './watcher.js';

/** Time between SIGTERM and SIGKILL. */
const GRACE_MS = 1_000;
/** How long to wait for killed processes to disappear. */
const VANISH_MS = 300;
const POLL_MS = 25;

export class Children {
  /** Process groups that may still have members, with their leaders. */
  readonly #groups = new Map<number, ChildProcess>();
  readonly #attached = new AttachedChildren();
  readonly #watcher = new Watcher();
  #closed = false;

  /**
   * Starts a child in its own process group.
   * @throws Error when the run is already closing
   */
  spawn(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    if (this.#closed) throw new Error('The run is closing; no process can be started');
    this.#forget(this.#groups.keys());
    const child = spawn(file, args, { ...options, detached: true });
    const pid = child.pid;
    if (pid !== undefined) {
      this.#groups.set(pid, child);
      this.#watcher.add(pid);
      child.once('exit', () => this.#forget([pid]));
    }
    return child;
  }

  /**
   * Starts a child on our terminal, in our process group.
   * @throws Error when the run is already closing
   */
  attach(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    if (this.#closed) throw new Error('The run is closing; no process can be started');
    const child = this.#attached.start(file, args, options);
    const { pid } = child;
    if (pid !== undefined) {
      this.#watcher.addAlone(pid);
      child.once('exit', () => this.#watcher.removeAlone(pid));
    }
    return child;
  }

  /** Ends one child and everything in its group: SIGTERM, then SIGKILL after a grace period. */
  async end(child: ChildProcess): Promise<void> {
    if (child.pid !== undefined) await endGroups([child.pid]);
  }

  /** Kills a child and everything in its group at once: for what may not go on until it was asked to end. */
  kill(child: ChildProcess): void {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  }

  /** Ends all groups and refuses new children. Safe to call more than once. */
  async close(): Promise<void> {
    this.#closed = true;
    const leaders = [...this.#groups.values()];
    await Promise.all([endGroups([...this.#groups.keys()]), this.#attached.close()]);
    this.#finish();
    await Promise.all(leaders.map(hasExited));
  }

  /** Kills everything at once, without waiting: for the host's `exit` event. */
  killNow(): void {
    this.#closed = true;
    for (const pid of this.#groups.keys()) signalGroup(pid, 'SIGKILL');
    this.#attached.killNow();
    this.#finish();
  }

  /** Groups that are empty are forgotten early, so that no number is used after it was given away again. */
  #forget(pids: Iterable<number>): void {
    for (const pid of pids) {
      if (groupExists(pid) || !this.#groups.delete(pid)) continue;
      this.#watcher.remove(pid);
    }
  }

  #finish(): void {
    for (const pid of this.#groups.keys()) this.#watcher.remove(pid);
    this.#groups.clear();
    this.#watcher.stop();
  }
}

/** True while any process is in the group led by `pid`. */
export function groupExists(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Settles when Node has noticed the end of a process, so that everybody who waits for it has been
 * told. The wait keeps the host alive: nothing else may be left that does.
 */
function hasExited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, VANISH_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function endGroups(pids: readonly number[]): Promise<void> {
  const alive = pids.filter((pid) => signalGroup(pid, 'SIGTERM'));
  const stubborn = await remaining(alive, GRACE_MS);
  await remaining(
    stubborn.filter((pid) => signalGroup(pid, 'SIGKILL')),
    VANISH_MS,
  );
}

/** The groups that still have living members after at most `ms`. */
async function remaining(pids: readonly number[], ms: number): Promise<number[]> {
  const deadline = Date.now() + ms;
  let left = withoutDead(pids);
  while (left.length > 0 && Date.now() < deadline) {
    await delay(POLL_MS);
    left = withoutDead(left);
  }
  return left;
}

/**
 * The groups with a member that is not a zombie. Orphaned zombies stay until the init process
 * reaps them, which in a container may be never; waiting for them would only cost time.
 */
function withoutDead(pids: readonly number[]): number[] {
  const existing = pids.filter(groupExists);
  if (existing.length === 0 || process.platform !== 'linux') return existing;
  const alive = new Set<number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d/.test(entry)) continue;
    const status = statusOf(entry);
    if (status && status.state !== 'Z') alive.add(status.group);
  }
  return existing.filter((pid) => alive.has(pid));
}

/** State and process group from `/proc/PID/stat`; the name in front of them may hold any character. */
function statusOf(pid: string): { state: string; group: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group) };
  } catch {
    return null; // it ended meanwhile
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
