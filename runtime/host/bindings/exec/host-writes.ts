/**
 * Files that children write (security.md 1.4 row 50). A child that was given labelled data may have
 * put it into any file it changed, so those files are recorded with the mark of its inputs and are
 * labelled when they are read back.
 *
 * Looked at is the directory the child ran in. A child that writes elsewhere is not followed; what it
 * may reach is the business of capabilities and boxes.
 */

import { stat } from 'node:fs/promises';
import type { OperationName } from '../../../shared/operations.js';
import type { Services } from '../services.js';
import type { Binding, BindingContext } from '../types.js';
import { workingDirectory } from './directory.js';
import { filesBelow } from './walk.js';

/** Says only that the data was made or read on this machine; looking for changed files is dear. */
function isLocal(mark: string): boolean {
  return mark.startsWith('dir:') || /^src:(?:file|cmd|sh|js|node|py|exe|template)$/.test(mark);
}

/** File systems may round the time of a change down by this much, milliseconds. */
const CLOCK_GRAIN = 20;

/** The binding, with the files its child changed recorded before anybody hears of its result. */
export function recordingWrites<Name extends OperationName>(
  services: Services,
  writer: (args: never) => string,
  binding: Binding<Name>,
): Binding<Name> {
  return {
    ...binding,
    async run(args, context) {
      if (context.mark.taint.every(isLocal)) return binding.run(args, context);
      const started = Date.now() - CLOCK_GRAIN;
      try {
        return await binding.run(args, context);
      } finally {
        const { cwd } = args as { cwd?: string };
        const directory = workingDirectory(cwd, services.dir, services.environment.HOME);
        await record(directory, started, writer(args as never), context);
      }
    },
  };
}

async function record(directory: string, since: number, writer: string, context: BindingContext): Promise<void> {
  for await (const file of filesBelow(directory)) {
    const status = await stat(file).catch(() => null);
    if (status && status.ctimeMs >= since) {
      await context.wrote({ path: file, changeType: status.birthtimeMs >= since ? 'created' : 'modified', writer });
    }
  }
}
