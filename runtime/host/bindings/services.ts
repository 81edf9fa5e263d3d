/** What the bindings of one run share. */

import type { Mark } from '../../shared/marks.js';
import type { Denied, Policy } from '../../shared/policy/types.js';
import type { ProjectConfig } from '../config.js';
import type { Command, SpawnPlan } from '../isolation/types.js';
import type { Activity } from '../progress/activity.js';
import type { Signatures } from '../signatures/index.js';
import type { Console } from './console/console.js';
import type { Children } from './exec/children.js';
import type { Exported } from './exec/exported.js';
import type { TerminalMode } from './exec/terminal.js';
import type { KeychainBackend } from './keychain/types.js';
import type { McpServers } from './mcp/injected.js';

/** Limits that keep one operation from taking the host down with it; sizes in bytes, times in ms. */
export interface Limits {
  /** Captured stdout and stderr of one child, each. */
  readonly output: number;
  /** One file read, one response body, standard input. */
  readonly file: number;
  /** All files of one glob together, in characters. */
  readonly glob: number;
  /** Time of one child process; 0 is none. */
  readonly exec: number;
  /** Time of one network request. */
  readonly network: number;
  /** A value above this reaches a shell script as an assignment instead of through the environment. */
  readonly environmentValue: number;
}

/** The longest time a timer can wait, about 25 days; a longer one would fire at once. */
export const MAX_TIMER = 2 ** 31 - 1;

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  output: 64 * MIB,
  file: 64 * MIB,
  glob: 256 * MIB,
  exec: 0,
  network: 30_000,
  environmentValue: 64 * 1024,
};

export interface Services {
  readonly config: ProjectConfig;
  /** Directory of the main script: default working directory and base of relative paths. */
  readonly dir: string;
  /** The run's own copy of the host's environment; children and `env.get` see a selection of it. */
  readonly environment: Record<string, string | undefined>;
  /** Variables that are visible besides the default ones: the configuration's and those the program set. */
  readonly allowed: Set<string>;
  /** What the program put into the environment is marked with. */
  readonly exported: Exported;
  readonly children: Children;
  /** Puts a command into the box the program runs in; absent: commands run as ordinary children. */
  readonly isolate?: (command: Command) => Promise<SpawnPlan>;
  /** The folder through which the children of a bridged call reach its tools; null once it is closed. */
  readonly bridgeFolder: (bridge: number) => string | null;
  /** Where the process numbers of MCP servers are written down; absent: nowhere. */
  readonly pidFolder?: string;
  /** What commands may have of the user's terminal; absent: nothing. */
  readonly terminal?: TerminalMode;
  /** MCP servers the caller of the run supplies by name. */
  readonly mcpServers?: McpServers;
  /** The machine's keychain; nothing of it is loaded or asked before the first call. */
  readonly keychain: () => Promise<KeychainBackend>;
  /** The project's signatures; nothing of them is loaded or made before the first call. */
  readonly signatures: () => Promise<Signatures>;
  /** Whether there are any, or may be: something was signed, by this run or before. */
  readonly hasSignatures: () => boolean;
  /** True for files that end with the run: those of workspaces. */
  readonly isTransient: (path: string) => boolean;
  /** Why a file may not be changed (`filesystem_integrity`), which goes on record; null when it may. */
  readonly refuseChange: (policies: readonly Policy[], path: string) => Promise<Denied | null>;
  /** Whether policies let a remark be printed that was made of something with this mark. */
  readonly permitsRemark: (mark: Mark) => boolean;
  readonly console: Console;
  /** What is under way; whatever takes long and knows how far it is may report to it. */
  readonly activity: Activity;
  readonly limits: Limits;
  readonly now: () => Date;
  /** Aborted when the run ends. */
  readonly closing: AbortSignal;
}
