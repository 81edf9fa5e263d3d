/** What has to hold of a file once it is open. */

import { lstatSync, realpathSync } from 'node:fs';

/**
 * Makes sure that what was opened is what was judged. A file is opened without following a link at
 * its end; a directory on the way may have become one since, by a child that runs at the same time.
 *
 * @param path the place that was judged: absolute, no links in it
 * @throws an error with code ELOOP
 */
export function requireSame(opened: { dev: number; ino: number }, path: string): void {
  const there = lstatSync(path);
  if (realpathSync(path) === path && there.dev === opened.dev && there.ino === opened.ino) return;
  throw Object.assign(new Error('the place changed while it was opened'), { code: 'ELOOP' });
}
