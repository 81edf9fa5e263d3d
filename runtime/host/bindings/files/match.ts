/** Which files a pattern names (language.md 9.3). */

import type { Services } from '../services.js';
import { absolutePath } from './target.js';

/** True when the path has characters that make it a pattern. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}]|[!+@]\(/.test(path);
}

/** The directory in front of the first segment with a wildcard, and the pattern from there on. */
export function splitPattern(pattern: string): { directory: string; rest: string } {
  const segments = pattern.split('/');
  const first = segments.findIndex(isGlob);
  const at = first < 0 ? segments.length - 1 : first;
  const directory = segments.slice(0, at).join('/');
  return {
    directory: directory === '' ? (pattern.startsWith('/') ? '/' : '.') : directory,
    rest: segments.slice(at).join('/'),
  };
}

/**
 * The absolute paths of the files that match, ordered by path. Dot files match only patterns
 * that name the dot, and `node_modules` only patterns that name it.
 */
export async function matchPaths(services: Services, pattern: string, base: string | undefined): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const { directory, rest } = splitPattern(pattern);
  const paths = await glob(rest, {
    cwd: absolutePath(services, directory, base),
    absolute: true,
    onlyFiles: true,
    expandDirectories: false,
    ignore: /(^|\/)node_modules(\/|$)/.test(pattern) ? [] : ['**/node_modules/**'],
  });
  return paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
