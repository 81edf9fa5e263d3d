/** `filesystem_integrity` for what children write by themselves (security.md 5.2). */

import type { OperationName } from '../../../shared/operations.js';
import { hasIntegrity } from '../../../shared/policy/integrity.js';
import type { Services } from '../services.js';
import type { Binding } from '../types.js';
import { workingDirectory } from './directory.js';

/**
 * The binding, with the files that policies protect as they were before its child ran. What a child
 * will write shows only when it has: so the files are put back, and the operation is refused.
 */
export function keepingIntegrity<Name extends OperationName>(
  services: Services,
  binding: Binding<Name>,
): Binding<Name> {
  return {
    ...binding,
    async run(args, context) {
      if (!hasIntegrity(context.policies)) return binding.run(args, context);
      const { KeptFiles } = await import('./kept-files.js');
      const { cwd } = args as { cwd?: string };
      const places = [services.config.root, workingDirectory(cwd, services.dir, services.environment.HOME)];
      const kept = await KeptFiles.of(services, context, places);
      try {
        return await binding.run(args, context);
      } finally {
        await kept.restore();
      }
    },
  };
}
