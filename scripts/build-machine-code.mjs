#!/usr/bin/env node
/**
 * Builds dist/quickjs.code: the engine's machine code for the Node and the machine that build. Where
 * another Node or another machine runs, and where this V8 cannot make it, the engine is compiled as
 * usual (runtime/host/sandbox/machine-code.ts).
 *
 *     MLLDC_DIST=dist node scripts/build-machine-code.mjs      after quickjs.wasm is there
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { dist, usingModule } from './lib/build-step.mjs';

const [wasm, code] = ['quickjs.wasm', 'quickjs.code'].map((name) => path.join(dist, name));

/** In a process of its own, because it changes V8's flags and may meet a V8 that ends the process. */
function succeeds(library, script) {
  const preamble = `const { loadMachineCode, makeMachineCode } = await import(${JSON.stringify(pathToFileURL(library))});
const [wasm, code] = ${JSON.stringify([wasm, code])};
const fs = await import('node:fs');
const { pathToFileURL } = await import('node:url');\n`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', preamble + script], { stdio: 'ignore' });
  return status === 0;
}

fs.rmSync(code, { force: true });
await usingModule('runtime/host/sandbox/machine-code.ts', (library) => {
  const isMade =
    succeeds(library, 'fs.writeFileSync(code, makeMachineCode(fs.readFileSync(wasm)));') &&
    succeeds(library, 'if (!loadMachineCode(pathToFileURL(code))) process.exit(1);');
  if (!isMade) {
    fs.rmSync(code, { force: true });
    console.error('build: this Node makes no machine code of the engine; it is compiled at every start instead');
  }
});
