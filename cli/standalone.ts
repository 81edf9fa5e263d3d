/**
 * What a standalone bundle carries besides its program: the host side of a run, with the files of
 * the sandbox as values. rollup.config.mjs makes one text of it, `dist/standalone.js`.
 */

import engine from 'asset:engine';
import guest from 'asset:guest';
import worker from 'asset:worker';
import { Buffer } from 'node:buffer';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { payloadOf } from '../runtime/host/payload.js';
import { runBundle } from '../runtime/host/run.js';
import { prepareSandbox } from '../runtime/host/sandbox/index.js';
import type { Bundle } from '../runtime/shared/bundle.js';

/** A CommonJS text as an ES module, which is what a data URL holds. */
const asModule = (text: string): string =>
  `import{createRequire}from'node:module';((require,exports)=>{${text}\n})(createRequire('file:///'),{});`;

/** Runs a bundle when its file is the program Node was started with; importing it runs nothing. */
export async function runIfMain(bundle: Bundle, url: string): Promise<void> {
  const [, script, ...flags] = process.argv;
  if (!script || realpathSync(script) !== realpathSync(fileURLToPath(url))) return;
  const sandbox = prepareSandbox({
    guest,
    workerUrl: new URL(`data:text/javascript,${encodeURIComponent(asModule(worker))}`),
    engine: Buffer.from(engine, 'base64'),
  });
  const stream = process.env.MLLD_NO_STREAMING !== 'true';
  process.exitCode = await runBundle(bundle, { payload: payloadOf(flags), stream, sandbox, checkpoints: {} });
}
