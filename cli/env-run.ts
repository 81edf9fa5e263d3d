/** `mlldc env spawn` and `mlldc env shell`: running an environment's entry and calling one of its executables. */

import path from 'node:path';
import type { TerminalMode } from '../runtime/host/bindings/exec/terminal.js';
import {
  checkEnvironmentName,
  currentPlaces,
  EnvironmentError,
  entryFile,
  extractPrompt,
  findEnvironment,
  reportError,
} from '../runtime/host/environments/index.js';
import { EXIT } from './exit-codes.js';

/** `NAME -- PROMPT`. */
export function spawnEnvironment(args: readonly string[]): Promise<number> {
  return explained(async () => {
    const end = args.indexOf('--');
    const before = end === -1 ? args : args.slice(0, end);
    const name = checkEnvironmentName(before[0]);
    if (before.length > 1) throw new EnvironmentError(`Unexpected argument '${before[1]}' before --`);
    const prompt = extractPrompt(end === -1 ? undefined : args.slice(end + 1));
    return enter(name, 'spawn', [prompt], 'output');
  });
}

/** `NAME`, on this terminal. */
export function shellEnvironment(name: string | undefined): Promise<number> {
  return explained(() => enter(checkEnvironmentName(name), 'shell', [], 'interactive'));
}

/**
 * The order of seed.md D35: the entry runs with its needs, tier, policies and guards, then its
 * executable is called. Commands run in the user's directory, under the policies of that project.
 */
async function enter(
  environment: string,
  name: 'spawn' | 'shell',
  args: readonly string[],
  terminal: TerminalMode,
): Promise<number> {
  const places = currentPlaces();
  const entry = path.relative(places.cwd, entryFile(findEnvironment(environment, places)));
  const { compileScript } = await import('./compile.js');
  const { projectOf } = await import('../compiler/project.js');
  const { readScript } = await import('./script.js');
  const project = projectOf(path.join(places.cwd, path.basename(entry)));
  const compiled = await compileScript(await readScript({ file: entry, markdown: false }), { project });
  if (!compiled) return EXIT.failed;
  const { runBundle } = await import('../runtime/host/run.js');
  return runBundle(compiled.bundle, { enter: { environment, name, args }, terminal, cwd: places.cwd });
}

async function explained(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const { exitCode, err } = reportError(error);
    process.stderr.write(`${err.join('\n')}\n`);
    return exitCode;
  }
}
