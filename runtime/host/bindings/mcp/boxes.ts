/** Servers that are started for a box run in it (security.md 9.1). */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { isRecord } from '../../../shared/record.js';
import type { ServerSpec } from './spec.js';

/** A server of a box runs as its commands do; a box without isolation asks for nothing. */
export function inBox(spec: ServerSpec, box: unknown): ServerSpec {
  return isRecord(box) && Object.keys(box).length > 0 ? { ...spec, box } : spec;
}

/** The folders of packages the command line may load from. */
export function packagesAround(file: string): string[] {
  const folders: string[] = [];
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const modules = path.join(folder, 'node_modules');
    if (existsSync(modules)) folders.push(modules);
  }
  return folders;
}

export { planInBox } from '../exec/isolated.js';
