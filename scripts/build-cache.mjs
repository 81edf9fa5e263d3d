#!/usr/bin/env node
/**
 * Builds V8's code cache of the files a run loads (runtime/host/boot.ts), for the Node that builds.
 * A program that uses the usual parts of the language is run, so that the cache holds the functions
 * such a run needs.
 *
 *     MLLDC_DIST=dist node scripts/build-cache.mjs      after build-image.mjs
 */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import { dist, root, usingModule } from './lib/build-step.mjs';

/** The thread's code runs where this script does not see it: its cache holds all of it. */
function eagerly(compile) {
  v8.setFlagsFromString('--no-lazy');
  try {
    return compile();
  } finally {
    v8.setFlagsFromString('--lazy');
  }
}

await usingModule('runtime/host/boot.ts', async (loader) => {
  const { boot, cacheOf, scriptOf } = await import(pathToFileURL(loader));
  for (const name of fs.readdirSync(dist)) if (name.endsWith('.cache')) fs.rmSync(path.join(dist, name));

  const scripts = new Map();
  const load = boot(dist, (file, script) => scripts.set(file, script));
  const code = await load('./start.js').start(['run', path.join(root, 'scripts/lib/warm-up.mld')]);
  if (code !== 0) throw new Error(`the warm-up program failed (exit ${code})`);

  const [thread] = /chunk-worker-[\w-]+\.js/.exec(fs.readFileSync(path.join(dist, 'thread.js'), 'utf8'));
  const threadFile = path.join(dist, thread);
  scripts.set(
    threadFile,
    eagerly(() => scriptOf(threadFile)),
  );
  for (const [file, script] of scripts) {
    if (path.basename(file).startsWith('chunk-')) fs.writeFileSync(cacheOf(file), script.createCachedData());
  }
});
