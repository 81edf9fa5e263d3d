import type { Services } from '../services.js';
import type { BindingsOf } from '../types.js';
import { nodeBinding } from './node.js';
import { pyBinding } from './python.js';
import { cmdBinding, shBinding } from './shell.js';

export { nodeImportBindings } from './node.js';

/** Commands and code that run in child processes (language.md 5.4, 5.5, 6). */
export function execBindings(services: Services): BindingsOf<'exec'> {
  return {
    'exec.cmd': cmdBinding(services),
    'exec.sh': shBinding(services),
    'exec.node': nodeBinding(services),
    'exec.py': pyBinding(services),
  };
}
