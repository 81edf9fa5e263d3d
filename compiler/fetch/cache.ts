/**
 * The module cache of a user: texts by their hash, and for each name what it was when it was last
 * fetched. Files are written beside their place and moved there, so a reader never sees half of one.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { replaceText } from '../../runtime/host/json-file.js';
import { hashOf } from './hash.js';

export interface CacheEntry {
  url: string;
  contentType: string;
  version: string | null;
  hash: string;
  /** Milliseconds since 1970. */
  fetchedAt: number;
}

/** `MLLDC_CACHE`, else the place the system has for caches. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env.MLLDC_CACHE || path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'mlldc');
}

export class ModuleCache {
  constructor(private readonly dir: string = cacheDirectory()) {}

  /** The text with a hash; null when it is not there, or is not that text any more. */
  text(hash: string): string | null {
    const text = read(this.contentPath(hash));
    return text !== null && hashOf(text) === hash ? text : null;
  }

  /** What a name stood for when it was last fetched. */
  find(id: string): CacheEntry | null {
    try {
      const entry = JSON.parse(read(this.indexPath(id)) ?? 'null') as CacheEntry | null;
      return entry &&
        typeof entry.hash === 'string' &&
        typeof entry.url === 'string' &&
        typeof entry.fetchedAt === 'number'
        ? entry
        : null;
    } catch {
      return null; // A damaged entry is one that is not there.
    }
  }

  /** A cache that cannot be written is no reason to fail: the module is at hand. */
  store(id: string, text: string, entry: CacheEntry): void {
    try {
      write(this.contentPath(entry.hash), text);
      write(this.indexPath(id), JSON.stringify(entry));
    } catch (error) {
      if (!['EACCES', 'EROFS', 'ENOSPC', 'EPERM', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error;
    }
  }

  private contentPath(hash: string): string {
    return path.join(this.dir, 'content', hash.slice(0, 2), hash);
  }

  private indexPath(id: string): string {
    return path.join(this.dir, 'names', `${hashOf(id)}.json`);
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  replaceText(file, text, 0o600);
}
