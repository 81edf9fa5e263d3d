/** The files children may have changed: those of a directory, as far as a project is reasonably deep. */

import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Directories nobody keeps data in. */
const SKIPPED = new Set(['node_modules', '.git', '.mlld']);
const MAX_DEPTH = 8;
const MAX_ENTRIES = 5000;

/** Absolute paths of the regular files below a directory; links are not followed. */
export async function filesBelow(directory: string): Promise<string[]> {
  const files: string[] = [];
  let left = MAX_ENTRIES;
  const walk = async (at: string, depth: number): Promise<void> => {
    const entries = await readdir(at, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (left-- <= 0) return;
      const file = path.join(at, entry.name);
      if (entry.isFile()) files.push(file);
      else if (entry.isDirectory() && depth < MAX_DEPTH && !SKIPPED.has(entry.name)) await walk(file, depth + 1);
    }
  };
  await walk(directory, 0);
  return files;
}
