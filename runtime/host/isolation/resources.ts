/**
 * What a child and everything it starts may take of the machine. Two means, neither of which needs
 * rights: limits of the kernel, which hold for each process by itself, and a look at the whole family
 * ten times a second, which ends it as a whole. Both are Linux's.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { release, totalmem } from 'node:os';
import { findProgram } from './lookup.js';
import { IsolationError, type Limits } from './types.js';

/** How often a family is looked at. */
const EVERY_MS = 100;

const KERNEL_LIMITS = { memoryBytes: 'data', fileBytes: 'fsize', openFiles: 'nofile' } as const;

/** Limits of a family, which is looked at. */
export type FamilyLimit = 'memoryBytes' | 'processes';

/**
 * What a jail is held to where its box says nothing: no program that is meant to end needs more, and
 * one that is not leaves the machine alive.
 */
export function jailLimits(limits: Limits | undefined): Limits {
  return { memoryBytes: Math.floor(totalmem() * 0.75), processes: 4096, ...limits };
}

/**
 * The command under the kernel's limits, each process of it by itself.
 *
 * @param isJailed true inside a user namespace of its own, whose processes are counted by themselves:
 *   outside of one the kernel would count everything the user runs
 * @throws IsolationError when a limit was asked for that cannot be had here
 */
export function underKernelLimits<Argv extends readonly [string, ...string[]]>(
  argv: Argv,
  limits: Limits | undefined,
  isJailed: boolean,
): { argv: readonly [string, ...string[]]; program?: string } {
  const asked = limits ?? {};
  const options = Object.entries(KERNEL_LIMITS).flatMap(([name, option]) => {
    const value = asked[name as keyof typeof KERNEL_LIMITS];
    return value === undefined ? [] : [`--${option}=${Math.floor(value)}`];
  });
  if (asked.processes !== undefined && isJailed && countsByNamespace())
    options.push(`--nproc=${Math.floor(asked.processes)}`);
  if (options.length === 0 && asked.processes === undefined) return { argv };
  if (process.platform !== 'linux') throw unsupported(asked, `they need Linux, and this is ${process.platform}`);
  if (options.length === 0) return { argv };
  const program = findProgram('prlimit', process.env, '/');
  if (program === null) throw unsupported(asked, 'prlimit (of util-linux) is not installed');
  return { argv: [program, ...options, '--', ...argv], program };
}

/** Before Linux 5.14 the processes of a jail were counted with all others of the user. */
function countsByNamespace(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}

function unsupported(limits: Limits, why: string): IsolationError {
  const names = ['memoryBytes', 'processes', 'fileBytes', 'openFiles'].filter((name) => name in limits);
  return new IsolationError(`${names.map((name) => `limits.${name}`).join(', ')} cannot be enforced: ${why}.`);
}

/**
 * Watches what a child and everything that descends from it take together.
 *
 * @param pid leader of the child's process group
 * @param onOver told once, which limit was passed
 * @returns ends the watch
 */
export function watchFamily(pid: number | undefined, limits: Limits, onOver: (limit: FamilyLimit) => void): () => void {
  const { memoryBytes = Number.POSITIVE_INFINITY, processes = Number.POSITIVE_INFINITY } = limits;
  if (
    pid === undefined ||
    process.platform !== 'linux' ||
    Math.min(memoryBytes, processes) === Number.POSITIVE_INFINITY
  )
    return () => {};
  const page = pageSize();
  const timer = setInterval(() => {
    const family = familyOf(pid);
    const isFull = sum(family, ({ pages }) => pages * page) > memoryBytes && exactBytes(family, page) > memoryBytes;
    const over = sum(family, ({ threads }) => threads) > processes ? 'processes' : isFull ? 'memoryBytes' : null;
    if (over === null) return;
    clearInterval(timer);
    onOver(over);
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Bytes of a page, which Node does not tell: what this process takes, in bytes and in pages, does. */
function pageSize(): number {
  const pages = Number(fieldsOf('self')[21]);
  return 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages));
}

interface Member {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly threads: number;
  readonly pages: number;
}

/** A process group, and everything that descends from its leader. */
function familyOf(leader: number): readonly Member[] {
  const children = new Map<number, Member[]>();
  const family: Member[] = [];
  for (const member of everyProcess()) {
    if (member.group === leader || member.pid === leader) family.push(member);
    else children.set(member.parent, [...(children.get(member.parent) ?? []), member]);
  }
  for (const { pid } of family) {
    family.push(...(children.get(pid) ?? []));
    children.delete(pid);
  }
  return family;
}

function sum(family: readonly Member[], of: (member: Member) => number): number {
  return family.reduce((total, member) => total + of(member), 0);
}

/** What a family takes when the memory its members share is counted once: exact, and too slow for every look. */
function exactBytes(family: readonly Member[], page: number): number {
  return sum(family, ({ pid, pages }) => {
    try {
      const share = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1];
      return share === undefined ? pages * page : Number(share) * 1024;
    } catch (error) {
      // Without leave to look, or on a kernel that does not tell: all that is resident. What has ended takes nothing.
      const hasEnded = (error as NodeJS.ErrnoException).code === 'ESRCH' || !existsSync(`/proc/${pid}`);
      return hasEnded ? 0 : pages * page;
    }
  });
}

function everyProcess(): Member[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d/.test(entry)) return [];
    try {
      const fields = fieldsOf(entry);
      const [parent, group, threads, pages] = [fields[1], fields[2], fields[17], fields[21]].map(Number);
      return [{ pid: Number(entry), parent: parent!, group: group!, threads: threads!, pages: pages! }];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

/** State, parent, group and so on of a process (proc(5)); the name in front of them may hold any character. */
function fieldsOf(pid: string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
