/** `mlld-lock.json`: which content each module of the network must have (language.md 11.8). */

import path from 'node:path';
import { ConfigError, readJsonObject, writeJsonObject } from '../../runtime/host/json-file.js';
import { isRecord } from '../../runtime/shared/record.js';
import { digestOf } from './hash.js';

export interface LockEntry {
  version: string | null;
  /** The hash, once more: other tools read it here. */
  resolved: string;
  source: 'registry' | 'url';
  sourceUrl: string;
  /** `sha256:<hex>`. */
  integrity: string;
  fetchedAt: string;
  registryVersion: string | null;
}

interface LockData {
  lockfileVersion: number;
  modules: Record<string, LockEntry>;
}

const FILE = 'mlld-lock.json';
const VERSION = 1;

export class LockFile {
  private constructor(
    readonly file: string,
    private readonly data: LockData,
  ) {}

  /**
   * The lock file of a project; an empty one when there is none.
   * @throws ConfigError when it cannot be understood: what it protects would not be checked
   */
  static read(root: string): LockFile {
    const file = path.join(root, FILE);
    const data = readJsonObject(file);
    return new LockFile(file, data ? readLock(file, data) : { lockfileVersion: VERSION, modules: {} });
  }

  get(key: string): LockEntry | null {
    return Object.hasOwn(this.data.modules, key) ? this.data.modules[key]! : null;
  }

  /** Writes the file with these entries added or replaced, keys in order; all of it or nothing. */
  write(entries: ReadonlyMap<string, LockEntry>): void {
    const modules = { ...this.data.modules, ...Object.fromEntries(entries) };
    const sorted = Object.fromEntries(Object.entries(modules).sort(([a], [b]) => (a < b ? -1 : 1)));
    writeJsonObject(this.file, { ...this.data, lockfileVersion: VERSION, modules: sorted });
  }
}

function readLock(file: string, data: Record<string, unknown>): LockData {
  if (data.lockfileVersion !== undefined && data.lockfileVersion !== VERSION) {
    throw new ConfigError(
      file,
      `lockfileVersion ${JSON.stringify(data.lockfileVersion)} is not the one this mlldc reads (${VERSION})`,
    );
  }
  const modules = data.modules ?? {};
  if (!isRecord(modules)) throw new ConfigError(file, "'modules' must be an object");
  for (const [name, entry] of Object.entries(modules)) {
    if (!isRecord(entry) || typeof entry.sourceUrl !== 'string' || !URL.canParse(entry.sourceUrl))
      throw new ConfigError(file, `the entry of ${name} must have a 'sourceUrl'`);
    if (typeof entry.integrity !== 'string' || digestOf(entry.integrity) === null)
      throw new ConfigError(file, `the entry of ${name} must have an 'integrity' such as "sha256:<hash>"`);
  }
  return { ...data, lockfileVersion: VERSION, modules: modules as Record<string, LockEntry> };
}
