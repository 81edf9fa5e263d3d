import { requireProgram } from './lookup.js';
import { underKernelLimits } from './resources.js';
import {
  type Box,
  type Command,
  IsolationError,
  type IsolationProvider,
  isUnrestricted,
  type SpawnPlan,
} from './types.js';

/**
 * Runs commands as ordinary children: scrubbed environment, working directory, time and output
 * limits, one process group killed as a whole. It cannot restrict files or the network, and
 * refuses a box that asks for that.
 */
export class LocalProvider implements IsolationProvider {
  readonly name = 'local';

  async available(): Promise<true> {
    return true;
  }

  async wrap(command: Command, box: Box): Promise<SpawnPlan> {
    if (!isUnrestricted(box)) {
      throw new IsolationError(
        "The 'local' provider cannot restrict files or the network; this box needs the 'sandbox' provider.",
      );
    }
    requireProgram(command);
    return {
      argv: underKernelLimits(command.argv, box.limits, false).argv,
      cwd: command.cwd,
      env: command.env,
      limits: box.limits ?? {},
      dispose: async () => {},
    };
  }
}
