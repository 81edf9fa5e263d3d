/** Where a bundle runs: in the project it was compiled in, or, away from it, in the one around the working directory. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Bundle } from '../shared/bundle.js';
import { findProjectRoot } from './config.js';

export interface Place {
  /** Where commands run. */
  readonly dir: string;
  /** The project root, `@root`. */
  readonly root: string;
  /** The root paths in the bundle start with, and what stands for it here; null in the project it was compiled in. */
  readonly moved: readonly [from: string, to: string] | null;
}

/** Nothing of a project that is gone is made again: what the bundle reads and writes is in the project at hand. */
export function placeOf(bundle: Bundle): Place {
  if (existsSync(bundle.dir)) return { dir: bundle.dir, root: bundle.root, moved: null };
  const cwd = process.cwd();
  const root = findProjectRoot(cwd);
  const dir = path.join(root, path.relative(bundle.root, bundle.dir));
  return { dir: existsSync(dir) ? dir : cwd, root, moved: [bundle.root, root] };
}
