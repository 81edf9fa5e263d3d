import type { Services } from '../services.js';
import type { Binding, BindingsOf } from '../types.js';
import { type Child, withCredentials } from './credentials.js';
import { recordingWrites } from './host-writes.js';
import { keepingIntegrity } from './integrity.js';
import { withBox } from './isolated.js';
import { nodeBinding } from './node.js';
import { pyBinding } from './python.js';
import { namedFiles } from './reads.js';
import { cmdBinding, programOf, shBinding } from './shell.js';

export { nodeImportBindings } from './node.js';

/** Commands and code that run in child processes (language.md 5.4, 5.5, 6). */
export function execBindings(services: Services): BindingsOf<'exec'> {
  return {
    'exec.cmd': child(
      services,
      ({ command }: { command: string }) => `command:${programOf(command)}`,
      withBox(services, cmdBinding),
    ),
    'exec.sh': child(services, () => 'command:sh', withBox(services, shBinding)),
    'exec.node': child(services, () => 'command:node', withBox(services, nodeBinding)),
    'exec.py': child(services, () => 'command:python', withBox(services, pyBinding)),
  };
}

/** What holds for every child: credentials from the host, the environment, and files it reads and writes by itself. */
function child<Name extends Child>(
  services: Services,
  writer: (args: never) => string,
  binding: Binding<Name>,
): Binding<Name> {
  return {
    ...withCredentials(services, recordingWrites(services, writer, keepingIntegrity(services, binding))),
    inherits: true,
    reads: (args, labelled) => namedFiles(services, args, labelled),
  };
}
