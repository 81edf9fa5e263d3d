/** Compiling on behalf of a command: diagnostics go to standard error. */

import { type AsyncCompileOptions, type CompileResult, compileAsync } from '../compiler/index.js';
import type { Script } from './script.js';

/** A script that compiled. */
export type Compiled = CompileResult & { bundle: NonNullable<CompileResult['bundle']> };

/**
 * Compiles a script and prints what the compiler has to say about it.
 * @returns null when the script has errors
 */
export async function compileScript(
  script: Script,
  options: Partial<AsyncCompileOptions> = {},
): Promise<Compiled | null> {
  const result = await compileAsync({ ...script, ...options });
  if (result.diagnostics.length > 0) {
    const { printDiagnostics } = await import('./print.js');
    printDiagnostics(result);
  }
  return result.bundle ? (result as Compiled) : null;
}
