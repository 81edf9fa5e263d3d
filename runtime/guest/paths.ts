/** Paths as scripts write them, made absolute (language.md 9.1). */

import type { Box } from './box.js';
import type { ModuleRecord } from './modules.js';
import { toText } from './values/display.js';

/**
 * The absolute path `path` names in `module`: relative to the module's directory, `@root` and
 * `@base` to the project root, `~` left to the host.
 */
export function resolvePath(module: ModuleRecord, path: Box | string): string {
  const text = (typeof path === 'string' ? path : toText(path)).trim();
  const rooted = /^@(?:root|base)(?=\/|$)/.exec(text);
  if (rooted) return normalise(module.root + text.slice(rooted[0].length));
  if (text.startsWith('/') || text.startsWith('~') || /^[a-z]+:\/\//i.test(text)) return text;
  return normalise(`${module.dir}/${text}`);
}

/** Removes `.` and resolves `..` in an absolute path. */
export function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}
