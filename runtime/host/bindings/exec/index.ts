import type { Services } from '../services.js';
import type { BindingsOf } from '../types.js';
import { withCredentials } from './credentials.js';
import { nodeBinding } from './node.js';
import { pyBinding } from './python.js';
import { recordingWrites } from './host-writes.js';
import { cmdBinding, programOf, shBinding } from './shell.js';

export { nodeImportBindings } from './node.js';

/** Commands and code that run in child processes (language.md 5.4, 5.5, 6). */
export function execBindings(services: Services): BindingsOf<'exec'> {
  return {
    'exec.cmd': withCredentials(services, recordingWrites(services, ({ command }: { command: string }) => `command:${programOf(command)}`, cmdBinding(services))),
    'exec.sh': withCredentials(services, recordingWrites(services, () => 'command:sh', shBinding(services))),
    'exec.node': withCredentials(services, recordingWrites(services, () => 'command:node', nodeBinding(services))),
    'exec.py': withCredentials(services, recordingWrites(services, () => 'command:python', pyBinding(services))),
  };
}
