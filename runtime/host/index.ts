/** The host side of a run, without the compiler: what bundles import. */

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bundle } from '../shared/bundle.js';
import { checkBundle } from './bundle.js';
import { payloadOf } from './payload.js';
import { runBundle } from './run.js';

export type { Bundle } from '../shared/bundle.js';
export { BundleError, readBundle } from './bundle.js';
export type { RunOptions } from './run.js';
export { runBundle } from './run.js';

/** Runs a bundle when its file is the program Node was started with; importing it runs nothing. */
export async function runIfMain(bundle: Bundle, url: string): Promise<void> {
  const [, script, ...flags] = process.argv;
  const file = fileURLToPath(url);
  if (!script || realpathSync(script) !== realpathSync(file)) return;
  checkBundle(bundle, file);
  process.exitCode = await runBundle(bundle, {
    payload: payloadOf(flags),
    stream: process.env.MLLD_NO_STREAMING !== 'true',
    checkpoints: {},
  });
}
