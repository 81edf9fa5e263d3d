/**
 * A command on the user's own terminal (`mlldc env spawn`, `mlldc env shell`): standard streams are
 * passed on, so nothing of them is collected.
 */

import type { ChildProcess, StdioOptions } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { SpawnPlan } from '../../isolation/types.js';
import type { Services } from '../services.js';
import { HostError } from '../types.js';

/** How much of the terminal commands of a run may have. */
export type TerminalMode =
  /** Output is passed on, and input that is no terminal; the command is ended like any other child. */
  | 'output'
  /** Everything: the command shares our process group, so job control and Ctrl-C reach it as they would us. */
  | 'interactive';

/**
 * Starts the command.
 * @throws HostError TERMINAL_DENIED in a run that was not given the terminal
 */
export function startOnTerminal(services: Services, { argv, cwd, env }: SpawnPlan, payload?: string): ChildProcess {
  const { terminal: mode, children } = services;
  if (mode === undefined) throw new HostError('MlldSecurity', 'TERMINAL_DENIED', 'This run has no terminal to pass on');
  // A process of another group cannot read from a terminal; it would be stopped.
  const input = mode === 'interactive' || !process.stdin.isTTY ? 'inherit' : 'ignore';
  const stdio: StdioOptions = [input, 'inherit', 'inherit', ...(payload === undefined ? [] : ['pipe' as const])];
  const child =
    mode === 'interactive'
      ? children.attach(argv[0], argv.slice(1), { cwd, env, stdio })
      : children.spawn(argv[0], argv.slice(1), { cwd, env, stdio });
  if (payload !== undefined) {
    const pipe = child.stdio[3] as Writable;
    // A command that does not read it closes the pipe; that is its own business.
    pipe.on('error', () => {});
    pipe.end(payload);
  }
  return child;
}
