/** The checkpoints of a run, loaded by the first call that is looked up: most programs have none. */

import { existsSync } from 'node:fs';
import type { Bundle } from '../../shared/bundle.js';
import type { BindingsOf } from '../bindings/types.js';
import type { CheckpointRequest, RunCheckpoints } from './index.js';

/** `<eval>` and `<stdin>` have no name to keep anything under, and a bundle elsewhere has no project. */
export function hasCheckpoints(bundle: Bundle): boolean {
  return !bundle.manifest.name.startsWith('<') && existsSync(bundle.dir);
}

/**
 * Prepares the checkpoints of a script; what the user asks for is looked at right away.
 *
 * @throws CheckpointError when the user asks for answers that cannot be had
 */
export async function prepareCheckpoints(
  bundle: Bundle,
  root: string,
  request: CheckpointRequest,
  warn: (message: string) => void,
): Promise<RunCheckpoints> {
  let opened: Promise<RunCheckpoints> | undefined;
  const open = () =>
    (opened ??= import('./index.js').then(({ openCheckpoints }) => openCheckpoints(bundle, root, request, warn)));
  if (Object.keys(request).length > 0) await open();
  const lazily = <Name extends keyof BindingsOf<'checkpoint'>>(name: Name): BindingsOf<'checkpoint'>[Name] =>
    ({
      async run(args: never, context: never) {
        return (await open()).bindings[name].run(args, context);
      },
    }) as BindingsOf<'checkpoint'>[Name];
  return {
    bindings: {
      'checkpoint.get': lazily('checkpoint.get'),
      'checkpoint.put': lazily('checkpoint.put'),
      'checkpoint.reach': lazily('checkpoint.reach'),
      'checkpoint.complete': lazily('checkpoint.complete'),
    },
    async close() {
      if (opened) await (await opened).close();
    },
  };
}
