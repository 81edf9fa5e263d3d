/** `mlld-lock.json`: which content each module of the network must have (language.md 11.8). */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../../runtime/host/config.js';
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
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw new ConfigError(file, `cannot be read: ${(error as Error).message}`);
      return new LockFile(file, { lockfileVersion: VERSION, modules: {} });
    }
    return new LockFile(file, parseLock(file, text));
  }

  get(key: string): LockEntry | null {
    return Object.hasOwn(this.data.modules, key) ? this.data.modules[key]! : null;
  }

  /** Writes the file with these entries added or replaced, keys in order; all of it or nothing. */
  write(entries: ReadonlyMap<string, LockEntry>): void {
    const modules = { ...this.data.modules, ...Object.fromEntries(entries) };
    const sorted = Object.fromEntries(Object.entries(modules).sort(([a], [b]) => (a < b ? -1 : 1)));
    const draft = `${this.file}.${process.pid}.tmp`;
    writeFileSync(draft, `${JSON.stringify({ ...this.data, lockfileVersion: VERSION, modules: sorted }, null, 2)}\n`);
    renameSync(draft, this.file);
  }
}

function parseLock(file: string, text: string): LockData {
  let data: LockData;
  try {
    data = JSON.parse(text) as LockData;
  } catch (error) {
    throw new ConfigError(file, `not valid JSON: ${(error as Error).message}`);
  }
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord(data)) throw new ConfigError(file, 'must be a JSON object');
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
  return { ...data, modules };
}
