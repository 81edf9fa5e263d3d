/** Files with a name close to one that does not exist. */

import path from 'node:path';
import { suggestions } from '../diagnostics/suggest.js';
import type { ResolveHost } from './host.js';

export function suggestPaths(file: string, host: ResolveHost): string[] {
  const dir = path.dirname(file);
  if (!host.isDirectory(dir)) return [];
  return suggestions(path.basename(file), host.list(dir));
}
