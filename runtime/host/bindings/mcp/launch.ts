/** How each kind of server specification becomes a channel. */

import { minimalEnvironment } from '../../isolation/environment.js';
import { LocalProvider } from '../../isolation/local.js';
import { type Command, type SpawnPlan, UNRESTRICTED } from '../../isolation/types.js';
import type { Channel } from './channel.js';
import { openHttpChannel } from './http.js';
import type { ServerSpec } from './spec.js';
import { StdioChannel } from './stdio.js';

export interface LaunchOptions {
  /** Where servers run: the project root. */
  readonly cwd: string;
  /** Longest message a server may send. */
  readonly maxMessageBytes: number;
  /** The command that serves an mlld module over stdio. */
  readonly moduleCommand: (module: string) => readonly [string, ...string[]];
  /** What that command is made of besides its program. */
  readonly moduleParts?: readonly string[];
  /** Turns the command into what is started; the place for an isolation provider. */
  readonly plan: (command: Command, box?: unknown) => Promise<SpawnPlan>;
}

/** Starts children without further isolation: scrubbed environment, own process group. */
export function planLocally(command: Command): Promise<SpawnPlan> {
  return new LocalProvider().wrap(command, UNRESTRICTED);
}

/**
 * A channel to the server; a child is started when the channel's transport is.
 * @throws ProgramNotFoundError, IsolationError
 */
export async function openChannel(spec: ServerSpec, options: LaunchOptions): Promise<Channel> {
  if (spec.kind === 'http') return openHttpChannel(spec, options.maxMessageBytes);
  const command: Command = {
    argv: argvOf(spec, options),
    cwd: options.cwd,
    env: minimalEnvironment(spec.env),
    ...(spec.kind === 'module' && options.moduleParts && { parts: options.moduleParts }),
  };
  return new StdioChannel(await options.plan(command, spec.box), options.maxMessageBytes);
}

function argvOf(spec: Exclude<ServerSpec, { kind: 'http' }>, options: LaunchOptions): readonly [string, ...string[]] {
  switch (spec.kind) {
    case 'command':
      return [spec.command, ...spec.args];
    case 'module':
      return options.moduleCommand(spec.module);
    case 'npm':
      return ['npx', '--yes', spec.npm, ...spec.args];
  }
}
