/** Entering a module (security.md 9.4): once it has run, one of its executables is called with given texts. */

import { join } from '../shared/marks.js';
import { type Box, box, marked } from './box.js';
import { Context } from './context.js';
import { printRunA } from './effects.js';
import { environmentServers } from './environment.js';
import { MlldError } from './errors.js';
import { callAsync, type Executable, isExecutable } from './executable.js';
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
  const exports = visibleExports(module, -1);
  const target = exports.get(name)?.value;
  if (!isExecutable(target))
    throw new MlldError(
      'MlldInterpreter',
      'ENV_EXPORT_MISSING',
      `Environment '${environment}' does not export @${name}`,
      {
        hint: `Define exe @${name}(…) = … in its entry file, and name it in export { … }.`,
      },
    );
  const configure = exports.get('mcpConfig')?.value;
  const context = Context.root(false);
  const servers = isExecutable(configure) ? await environmentServers(context, configure) : null;
  const earlier = failures.length;
  try {
    const result = await called(servers?.context ?? context, target, args);
    await servers?.settled();
    await printRunA(context, servers ? marked(result, join(result.mark, servers.told)) : result, target.site);
  } finally {
    servers?.close();
  }
  return terminal.exitCode ?? failures.slice(earlier).at(-1)?.exitCode ?? 0;
}

/** The call during which commands may have the terminal. */
async function called(context: Context, target: Executable, args: readonly string[]): Promise<Box> {
  terminal.owner = target;
  try {
    return await callAsync(
      context,
      target,
      args.map((text) => box(text)),
      target.site,
    );
  } finally {
    terminal.owner = null;
  }
}
