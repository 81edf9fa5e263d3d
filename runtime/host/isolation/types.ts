/**
 * The seam between what a policy grants a child process and how the machine enforces it.
 *
 * A provider turns a command and a box into a spawn plan: the argument vector, directory and
 * environment to start. It never starts anything itself; `runPlan` and `spawnGroup` do.
 */

/** A program to start. The environment is complete: nothing is inherited beside it. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Files and directories the program is made of besides its own file: visible, and not writable. */
  readonly parts?: readonly string[];
}

/** Which hosts may be reached: `host`, `host:port`, `*.domain`, an address, or `*` for all. */
export interface NetworkAllowList {
  readonly allow: readonly string[];
  /** Of those, the ones that may not: names and addresses as they are asked for. */
  readonly deny?: readonly string[];
}

export interface Limits {
  /** Wall clock time until the process group is killed. */
  readonly timeMs?: number;
  /** Bytes of stdout and stderr together until the process group is killed. */
  readonly outputBytes?: number;
  /** Memory of all its processes together, and the data of each. */
  readonly memoryBytes?: number;
  /** Processes and threads, all together. */
  readonly processes?: number;
  /** The largest file a process may write. */
  readonly fileBytes?: number;
  /** Files and sockets one process may have open. */
  readonly openFiles?: number;
}

/**
 * What a child may touch. Entries of `fsRead` and `fsWrite` are paths (relative to the command's
 * directory, `~` for the home directory, `dir/**` for everything below `dir`); `/` is everything.
 * Writing includes reading.
 */
export interface Box {
  readonly fsRead: readonly string[];
  readonly fsWrite: readonly string[];
  readonly net: 'none' | NetworkAllowList;
  readonly limits?: Limits;
}

/** A box that restricts nothing; the `local` provider enforces no more than this. */
export const UNRESTRICTED: Box = { fsRead: ['/'], fsWrite: ['/'], net: { allow: ['*'] } };

export interface SpawnPlan {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: Limits;
  /** Frees what the plan holds (proxies, temporary files); call it when the child has ended. */
  dispose(): Promise<void>;
}

export interface IsolationProvider {
  readonly name: string;
  /** True, or the reason why this machine cannot use the provider. */
  available(): Promise<true | string>;
  /**
   * The plan that runs `command` inside `box`.
   * @throws IsolationError when the provider cannot enforce something the box asks for.
   * @throws ProgramNotFoundError when there is no such program.
   */
  wrap(command: Command, box: Box): Promise<SpawnPlan>;
}

/** Isolation that was asked for and cannot be had. The command has not been started. */
export class IsolationError extends Error {
  override readonly name = 'IsolationError';
  constructor(
    message: string,
    readonly code: 'ISOLATION_UNAVAILABLE' | 'ISOLATION_UNSUPPORTED' = 'ISOLATION_UNSUPPORTED',
  ) {
    super(message);
  }
}

/** The program a command names does not exist for that command's directory and environment. */
export class ProgramNotFoundError extends Error {
  override readonly name = 'ProgramNotFoundError';
  readonly code = 'ENOENT';
  constructor(readonly program: string) {
    super(`Command not found: ${program}`);
  }
}

/** True when the box leaves reading, writing and the network open. */
export function isUnrestricted(box: Box): boolean {
  return writesEverything(box) && reachesEverything(box);
}

/** True when the whole file system may be written. */
export function writesEverything(box: Box): boolean {
  return box.fsWrite.some(isEverything);
}

/** True when the whole file system may be read. */
export function readsEverything(box: Box): boolean {
  return box.fsRead.some(isEverything) || writesEverything(box);
}

/** True when every host may be reached. */
export function reachesEverything(box: Box): boolean {
  return box.net !== 'none' && box.net.allow.includes('*') && !box.net.deny?.length;
}

function isEverything(entry: string): boolean {
  return entry === '/' || entry === '/**' || entry === '**' || entry === '*';
}
