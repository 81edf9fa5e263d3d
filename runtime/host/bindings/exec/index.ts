import type { Services } from '../services.js';
import type { BindingsOf } from '../types.js';
import { withCredentials } from './credentials.js';
import { recordingWrites } from './host-writes.js';
import { withBox } from './isolated.js';
import { nodeBinding } from './node.js';
import { pyBinding } from './python.js';
import { cmdBinding, programOf, shBinding } from './shell.js';

export { nodeImportBindings } from './node.js';

/** Commands and code that run in child processes (language.md 5.4, 5.5, 6). */
export function execBindings(services: Services): BindingsOf<'exec'> {
  return {
    'exec.cmd': withCredentials(
      services,
      recordingWrites(
        services,
        ({ command }: { command: string }) => `command:${programOf(command)}`,
        withBox(services, cmdBinding),
      ),
    ),
    'exec.sh': withCredentials(
      services,
      recordingWrites(services, () => 'command:sh', withBox(services, shBinding)),
    ),
    'exec.node': withCredentials(
      services,
      recordingWrites(services, () => 'command:node', withBox(services, nodeBinding)),
    ),
    'exec.py': withCredentials(
      services,
      recordingWrites(services, () => 'command:python', withBox(services, pyBinding)),
    ),
  };
}
