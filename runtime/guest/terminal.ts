/**
 * Commands on the user's own terminal: in `mlldc env spawn` and `env shell` the command that is the
 * body of the executable the run enters, with its input and output passed on instead of collected.
 */

import type { Mark } from '../shared/marks.js';
import { Box, box } from './box.js';
import type { Context } from './context.js';
import { runAsync, type Steps } from './dual.js';
import type { Executable } from './executable.js';
import { type Operation, operate, operationsActive } from './operate.js';

export const terminal: {
  /** The executable whose command gets the terminal; null when no command does. */
  owner: Executable | null;
  /** What that command ended with. */
  exitCode: number | null;
} = { owner: null, exitCode: null };

/** Whether the code that runs is the body of the executable that was entered. */
export function ownsTerminal(context: Context): boolean {
  const { activation } = context;
  return terminal.owner !== null && activation?.executable === terminal.owner && activation.caller === null;
}

/**
 * What a command prints there cannot be judged when it comes, so whoever may refuse to show what
 * went into the command is asked before it starts.
 */
export async function permitShowing(context: Context, mark: Mark, site: number): Promise<void> {
  if (!operationsActive()) return;
  const operation: Operation = {
    kind: 'show',
    subtype: 'terminal',
    inputs: [new Box('', mark)],
    site,
    labels: ['op:show', 'op:show:terminal'],
  };
  // biome-ignore lint/correctness/useYield: the pipeline drives steps; nothing is performed here
  const perform = function* (): Steps<Box> {
    return box('');
  };
  await runAsync(operate(context, operation, perform));
}
