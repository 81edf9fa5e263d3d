/** The seam to isolation: a command becomes a plan for starting it inside the run's box. */

import { type Command, IsolationError, ProgramNotFoundError, type SpawnPlan } from '../../isolation/types.js';
import type { Services } from '../services.js';
import { DeniedError, HostError } from '../types.js';

/**
 * The plan that starts a command; without a box the command itself.
 * @throws DeniedError when the box cannot be had: nothing runs outside of it instead
 * @throws HostError EXEC_FAILED when there is no such program
 */
export async function planFor(services: Services, command: Command): Promise<SpawnPlan> {
  if (!services.isolate) return { ...command, limits: {}, dispose: async () => {} };
  try {
    return await services.isolate(command);
  } catch (error) {
    if (error instanceof IsolationError) throw new DeniedError({ code: error.code, message: error.message });
    if (error instanceof ProgramNotFoundError)
      throw new HostError('MlldCommandExecution', 'EXEC_FAILED', error.message, { cause: error.code });
    throw error;
  }
}
