/** Entering a module (security.md 9.4): once it has run, one of its executables is called with given texts. */

import { box } from './box.js';
import { Context } from './context.js';
import { printRunA } from './effects.js';
import { MlldError } from './errors.js';
import { callAsync, isExecutable } from './executable.js';
import { failures } from './failures.js';
import { type ModuleRecord, visibleExports } from './modules.js';
import { terminal } from './terminal.js';

export interface EnterOptions {
  /** The environment, as its user calls it. */
  environment: string;
  /** The executable to call. */
  name: string;
  args: readonly string[];
}

/**
 * Calls the executable and prints what it returns.
 * @returns what the process should end with: the exit code of the last command that failed in it
 */
export async function enter(module: ModuleRecord, { environment, name, args }: EnterOptions): Promise<number> {
  const target = visibleExports(module, -1).get(name)?.value;
  if (!isExecutable(target))
    throw new MlldError(
      'MlldInterpreter',
      'ENV_EXPORT_MISSING',
      `Environment '${environment}' does not export @${name}`,
      {
        hint: `Define exe @${name}(…) = … in its entry file, and name it in export { … }.`,
      },
    );
  const earlier = failures.length;
  const context = Context.root(false);
  terminal.owner = target;
  const result = await callAsync(
    context,
    target,
    args.map((text) => box(text)),
    target.site,
  );
  terminal.owner = null;
  await printRunA(context, result, target.site);
  return terminal.exitCode ?? failures.slice(earlier).at(-1)?.exitCode ?? 0;
}
