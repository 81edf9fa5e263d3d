/**
 * Children on the user's terminal. They share our process group, as a shell's foreground command
 * does, so ending one means finding its descendants one by one.
 */

import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Time between SIGTERM and SIGKILL. */
const GRACE_MS = 1_000;

export class AttachedChildren {
  readonly #children = new Set<ChildProcess>();

  /**
   * Starts a child. While it runs Ctrl-C is its own business: it gets the signal too, and we outlive
   * it to clean up and to pass on how it ended.
   */
  start(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(file, args, options);
    const others = process.listeners('SIGINT');
    const ignore = () => {};
    process.removeAllListeners('SIGINT');
    process.on('SIGINT', ignore);
    this.#children.add(child);
    const done = () => {
      if (!this.#children.delete(child)) return;
      process.off('SIGINT', ignore);
      for (const listener of others) process.on('SIGINT', listener);
    };
    child.once('exit', done);
    child.once('error', done);
    return child;
  }

  /** Ends every child and what it started: SIGTERM, then SIGKILL after a grace period. */
  async close(): Promise<void> {
    await Promise.all([...this.#children].map(end));
  }

  /** Kills everything at once, without waiting. */
  killNow(): void {
    for (const { pid } of this.#children) signal(withDescendants(pid), 'SIGKILL');
  }
}

async function end(child: ChildProcess): Promise<void> {
  const family = withDescendants(child.pid);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  signal(family, 'SIGTERM');
  const timer = setTimeout(() => signal(family, 'SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(timer);
  signal(
    family.filter((pid) => pid !== child.pid),
    'SIGKILL',
  );
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** A process and everything that descends from it. */
function withDescendants(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const children = new Map<number, number[]>();
  for (const [child, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), child]);
  const family = [pid];
  for (const member of family) family.push(...(children.get(member) ?? []));
  return family;
}

/** Every process with its parent. */
function parents(): (readonly [pid: number, parent: number])[] {
  try {
    return process.platform === 'linux' ? fromProc() : fromPs();
  } catch {
    return [];
  }
}

function fromProc(): (readonly [number, number])[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      // The name in front may hold any character.
      return [[Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

function fromPs(): (readonly [number, number])[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}
