/** Turns the path of a request into the file it means, before anybody decides about it. */

import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Subject } from '../../monitor/index.js';
import { expandHome } from '../exec/directory.js';
import type { Services } from '../services.js';
import { HostError } from '../types.js';

export type PathSubject = Extract<Subject, { kind: 'path' }>;

/** The absolute path a script's path names: relative to `base`, `~` for the home directory. */
export function absolutePath(services: Services, path: string, base: string | undefined): string {
  return resolve(base ?? services.dir, expandHome(path, services.environment.HOME));
}

/** The subject the monitor judges: the path with every symbolic link that exists resolved. */
export function pathSubject(access: 'r' | 'w', given: string): PathSubject {
  return { kind: 'path', access, path: realPath(given), given };
}

/**
 * Refuses a path that leads outside a directory, links included.
 * @param kind class of the error: reading and writing differ in it
 * @throws HostError PATH_OUTSIDE
 */
export function requireInside({ path, given }: PathSubject, within: string | undefined, kind: string): void {
  if (within === undefined || isInside(path, realPath(within))) return;
  throw new HostError(kind, 'PATH_OUTSIDE', `${given}: the path leads outside ${within}`, { path: given });
}

/** The system takes no longer path (PATH_MAX), so nothing is there that could be a link. */
const LONGEST_PATH = process.platform === 'win32' ? 32_767 : 4096;

/** Resolves links in the part of the path that exists; the rest has none to resolve. */
export function realPath(path: string): string {
  if (path.length > LONGEST_PATH) return path;
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

/** True when `path` is `directory` or below it. */
export function isInside(path: string, directory: string): boolean {
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return isAbsolute(path) && (path === directory || path.startsWith(prefix));
}
