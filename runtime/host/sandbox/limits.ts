/**
 * What a run may use. Every limit ends a run with a clear outcome; none can be caught by a script.
 */

export interface Limits {
  /** Wall-clock time of the whole run, in milliseconds; `Infinity` is no limit. */
  timeoutMs: number;
  /** Time in milliseconds the guest may compute without talking to the host; waiting is not counted. */
  cpuMs: number;
  /** Memory of the program realm, in mebibytes (17 to 2048). */
  memoryMb: number;
  /** Memory shared by all js bodies, in mebibytes (17 to 2048). Unless given, half of `memoryMb`. */
  cellMemoryMb: number;
}

export type LimitKind = 'time' | 'cpu' | 'memory' | 'stack';

/** Who reached a limit: the program realm, or a js body in a cell. */
export type LimitOwner = 'program' | 'cell';

export const DEFAULT_LIMITS: Omit<Limits, 'cellMemoryMb'> = { timeoutMs: Infinity, cpuMs: 10_000, memoryMb: 512 };

/** The engine starts with 16 MB of memory and can address 2 GB. */
const MEMORY_RANGE = { min: 17, max: 2048 };

/**
 * Longest text that may leave the sandbox in one message, in UTF-16 units. The host parses it, and
 * parsed JSON takes up to twenty times the memory of its text.
 */
export const MAX_MESSAGE_LENGTH = 64 * 1024 * 1024;

/**
 * Stack of the engine's interpreter for each instance, in bytes. The thread's own stack must hold
 * about 32 times both together: native recursion (the parser, JSON) uses far more of the thread's
 * stack than of the interpreter's, and overflowing the thread's stack is not a clean error.
 */
export const STACK_BYTES = 1024 * 1024;
export const THREAD_STACK_MB = 64;

/** Fills in defaults and moves memory sizes into the range the engine supports. */
export function completeLimits(given: Partial<Limits> = {}): Limits {
  const memoryMb = given.memoryMb ?? DEFAULT_LIMITS.memoryMb;
  return {
    timeoutMs: given.timeoutMs ?? DEFAULT_LIMITS.timeoutMs,
    cpuMs: given.cpuMs ?? DEFAULT_LIMITS.cpuMs,
    memoryMb: inMemoryRange(memoryMb),
    cellMemoryMb: inMemoryRange(given.cellMemoryMb ?? memoryMb / 2),
  };
}

function inMemoryRange(megabytes: number): number {
  return Math.min(MEMORY_RANGE.max, Math.max(MEMORY_RANGE.min, Math.floor(megabytes)));
}

/**
 * A limit was reached. It is thrown through the engine's frames, past every handler of the guest;
 * the instance it passed through is never entered again.
 */
export class LimitReached extends Error {
  constructor(
    readonly which: LimitKind,
    readonly owner: LimitOwner,
    /** The guest's stack in the engine's format, where it is known. */
    readonly guestStack = '',
    /** What exactly was too much, when the general message does not say it. */
    readonly detail?: string,
  ) {
    super(detail ?? which);
  }
}

/** The sentence a user reads: what happened, which limit it was, how to raise it. */
export function limitMessage(which: LimitKind, owner: LimitOwner, limits: Limits): string {
  const subject = owner === 'cell' ? 'A js block' : 'Script';
  switch (which) {
    case 'time':
      return `Script did not finish within ${duration(limits.timeoutMs)} (limit: --timeout)`;
    case 'cpu':
      return `${subject} computed for ${duration(limits.cpuMs)} without finishing (limit: --cpu-timeout)`;
    case 'memory':
      return owner === 'cell'
        ? `${subject} needed more than ${limits.cellMemoryMb} MB of memory (limit: --memory, js blocks get half of it)`
        : `${subject} needed more than ${limits.memoryMb} MB of memory (limit: --memory)`;
    case 'stack':
      return `${subject} recursed too deeply: the stack is full (${STACK_BYTES / 1024} KB, not adjustable)`;
  }
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}

/** The engine's own errors that mean a limit, by name and message. */
export function limitOfError(name: string, message: string): LimitKind | undefined {
  if (name !== 'InternalError' && name !== 'SyntaxError') return undefined;
  if (message === 'stack overflow') return 'stack';
  // A string of a billion characters fits into no memory this engine can have.
  if (message === 'out of memory' || message === 'string too long') return 'memory';
  return undefined;
}
