/** What the steps of the build share. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The project's root. */
export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
/** The directory that is built. */
export const dist = path.resolve(root, process.env.MLLDC_DIST ?? 'dist');

/**
 * Uses a module of the project from a build step: it stands beside what is built, with all it imports
 * in one file, as long as the step needs it.
 *
 * @param {string} entry the module, from the project's root
 * @param {(file: string) => unknown} use gets the bundle's path, and may be async
 */
export async function usingModule(entry, use) {
  const outfile = path.join(dist, `step-${path.basename(entry, '.ts')}.mjs`);
  try {
    await build({
      entryPoints: [path.join(root, entry)],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      logLevel: 'warning',
    });
    return await use(outfile);
  } finally {
    fs.rmSync(outfile, { force: true });
  }
}
