/** The files of the directory a child ran in, which it may have changed. */

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { HostError } from '../types.js';

/** Directories nobody keeps data in; what is written there is not followed (docs/security-model.md). */
const SKIPPED = new Set(['node_modules', '.git', '.mlld']);

/** What is looked through after a child that was given labelled data. */
const MAX_ENTRIES = 100_000;

/**
 * Absolute paths of the regular files below a directory, one after the other; links are not followed.
 *
 * @throws HostError when they are more than can be looked through
 */
export async function* filesBelow(directory: string, limit: number = MAX_ENTRIES): AsyncGenerator<string> {
  let left = limit;
  async function* walk(at: string): AsyncGenerator<string> {
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      if (left-- <= 0) throw tooMany(directory, limit);
      const file = path.join(at, entry.name);
      if (entry.isFile()) yield file;
      else if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* walk(file);
    }
  }
  yield* walk(directory);
}

function tooMany(directory: string, limit: number): HostError {
  return new HostError(
    'MlldSecurity',
    'WRITES_LIMIT',
    `A command that was given labelled data ran in ${directory}, which has more than ${limit} files and directories: which of them it changed cannot be told`,
    {},
    'Run it in a directory with fewer files: cmd:@dir { … }, or in a box with a workspace.',
  );
}
