/** Where the files are that `filesystem_integrity` protects from children (security.md 5.2). */

import type { Dirent } from 'node:fs';
import { access, constants, lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { literalBase, mayMatchBelow, type Places } from '../../../shared/glob.js';
import { isInside } from '../files/target.js';
import { HostError } from '../types.js';

/** Directories with files by the thousand, which only patterns that name them are about. */
const BULK = new Set(['node_modules', '.git', '.mlld']);

/** What is looked through before and after each child. */
const MAX_ENTRIES = 100_000;

/**
 * The regular files that may match one of the patterns: below the directories given, and wherever else
 * a pattern points to. Links are not followed.
 *
 * @throws HostError when they are more than can be watched, or cannot be watched
 */
export async function watchedFiles(
  patterns: readonly string[],
  directories: readonly string[],
  places: Places,
  limit: number = MAX_ENTRIES,
): Promise<string[]> {
  const files: string[] = [];
  let left = limit;
  const isAbout = (directory: string): boolean =>
    patterns.some((pattern) => mayMatchBelow(pattern, directory, places)) &&
    (!BULK.has(path.basename(directory)) || patterns.some((pattern) => names(pattern, path.basename(directory))));
  const walk = async (directory: string): Promise<void> => {
    for (const entry of await entriesOf(directory)) {
      if (left-- <= 0) throw tooMany(directory, limit);
      const file = path.join(directory, entry.name);
      if (entry.isFile()) files.push(file);
      else if (entry.isDirectory() && isAbout(file)) await walk(file);
    }
  };
  for (const base of basesOf(patterns, directories, places)) {
    const status = await lstat(base).catch(() => null);
    if (status?.isFile()) files.push(base);
    else if (status) await walk(base);
  }
  return files;
}

/** The directories, and what patterns point to outside of them; none lies in another. */
function basesOf(patterns: readonly string[], directories: readonly string[], places: Places): string[] {
  const pointed = patterns.filter((pattern) => !pattern.startsWith('**')).map((p) => literalBase(p, places));
  const all = [...new Set([...directories, ...pointed])];
  return all.filter((base) => !all.some((other) => other !== base && isInside(base, other)));
}

function names(pattern: string, directory: string): boolean {
  return pattern.split('/').includes(directory);
}

/** A directory that cannot be listed keeps nothing from a child that may still open what is in it, or may open it. */
async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || (await isOutOfReach(directory))) return [];
    throw new HostError(
      'MlldSecurity',
      'INTEGRITY_UNREADABLE',
      `filesystem_integrity cannot look into ${directory}: no command can run beside it`,
      {},
      'Make the directory readable, or name directories in filesystem_integrity that are.',
    );
  }
}

async function isOutOfReach(directory: string): Promise<boolean> {
  const owner = await stat(directory).then(
    ({ uid }) => uid,
    () => null,
  );
  if (owner === null) return true;
  if (owner === process.getuid?.()) return false;
  return access(directory, constants.X_OK).then(
    () => false,
    () => true,
  );
}

function tooMany(directory: string, limit: number): HostError {
  return new HostError(
    'MlldSecurity',
    'INTEGRITY_LIMIT',
    `filesystem_integrity would have to watch more than ${limit} files and directories (at ${directory}): no command can run beside them`,
    {},
    'Name directories with fewer files in filesystem_integrity.',
  );
}
