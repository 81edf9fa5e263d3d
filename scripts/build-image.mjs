#!/usr/bin/env node
/**
 * Builds dist/guest.image: the engine at rest with the guest runtime evaluated in it. A run starts
 * from it in a fraction of the time that evaluating dist/guest.js takes.
 *
 *     MLLDC_DIST=dist node scripts/build-image.mjs      after rollup
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { dist, root, usingModule } from './lib/build-step.mjs';

const file = (name) => path.join(dist, name);

// The sandbox's own code makes the image, so that it fits the thread and the engine beside it.
await usingModule('runtime/host/sandbox/index.ts', async (maker) => {
  const { makeImage } = await import(pathToFileURL(maker));
  const image = await makeImage({
    guest: fs.readFileSync(file('guest.js'), 'utf8'),
    workerUrl: pathToFileURL(file('worker.js')),
    engine: pathToFileURL(file('quickjs.wasm')),
  });
  fs.writeFileSync(file('guest.image'), image);
});

// The image and the machine code belong to what the code cache's warm-up program runs in.
for (const script of ['build-machine-code.mjs', 'build-cache.mjs'])
  execFileSync(process.execPath, [path.join(root, 'scripts', script)], { stdio: ['ignore', 'ignore', 'inherit'] });
