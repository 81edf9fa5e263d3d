/**
 * One script's kept answers on disk. A result is in place before the line that names it, so a run
 * that is killed leaves at most the beginning of a line, which readers pass over; everything else
 * that cannot be read is damage, and is told.
 */

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { isRecord } from '../../shared/record.js';
import { replaceText } from '../json-file.js';
import { type CacheRecord, CheckpointError, type CheckpointManifest, type KeptResult } from './types.js';

const CACHE = 'llm-cache.jsonl';
const MANIFEST = 'manifest.json';
const RESULTS = 'results';

/** The directory that holds the checkpoints of all scripts of a project. */
export function checkpointsDirectory(root: string): string {
  return path.join(root, '.mlld', 'checkpoints');
}

/** The name a script's checkpoints are kept under. */
export function scriptName(file: string): string {
  return path.basename(file).replace(/\.(?:mld\.md|mlld|mld|md|[cm]?js)$/, '');
}

/** The directory of a script: its name; a second script of that name gets a digest of its path as well. */
export function scriptDirectory(root: string, scriptPath: string): string {
  const plain = path.join(checkpointsDirectory(root), scriptName(scriptPath));
  const owner = existsSync(path.join(plain, MANIFEST)) ? readManifest(plain)?.scriptPath : undefined;
  if (owner === undefined || owner === scriptPath) return plain;
  return `${plain}-${createHash('sha256').update(scriptPath).digest('hex').slice(0, 8)}`;
}

export class CheckpointStore {
  readonly records = new Map<string, CacheRecord>();
  readonly manifest: CheckpointManifest;

  /** @throws CheckpointError when what is there cannot be understood */
  constructor(
    readonly directory: string,
    scriptPath: string,
    now: Date = new Date(),
  ) {
    const stamp = now.toISOString();
    this.manifest = readManifest(directory) ?? {
      version: 1,
      scriptName: scriptName(scriptPath),
      scriptPath,
      created: stamp,
      lastUpdated: stamp,
      totalCached: 0,
      totalSizeBytes: 0,
      namedCheckpoints: {},
      checkpointStates: {},
      forkedFrom: null,
    };
    for (const record of readRecords(path.join(directory, CACHE))) this.records.set(record.key, record);
  }

  /** The result of a record; null when its file is gone or is not what was written. */
  result(record: CacheRecord): KeptResult | null {
    try {
      const text = readFileSync(this.resultFile(record.key), 'utf8');
      const result: unknown = JSON.parse(text);
      const whole = Buffer.byteLength(text) === record.resultSize && isRecord(result) && isRecord(result.mark);
      return whole ? (result as unknown as KeptResult) : null;
    } catch {
      return null;
    }
  }

  /** Keeps an answer; it is on disk as a whole when this returns. */
  put(record: Omit<CacheRecord, 'resultSize'>, result: KeptResult): void {
    mkdirSync(path.join(this.directory, RESULTS), { recursive: true, mode: 0o700 });
    const text = JSON.stringify(result);
    replaceText(this.resultFile(record.key), text, 0o600);
    const complete = { ...record, resultSize: Buffer.byteLength(text) };
    const file = path.join(this.directory, CACHE);
    appendFileSync(file, `${endsOpen(file) ? '\n' : ''}${JSON.stringify(complete)}\n`, { mode: 0o600 });
    this.records.set(record.key, complete);
  }

  /** Forgets records, and writes the cache anew without them. */
  drop(keys: Iterable<string>): void {
    let dropped = false;
    for (const key of keys) {
      dropped = this.records.delete(key) || dropped;
      rmSync(this.resultFile(key), { force: true });
    }
    if (dropped) this.compact();
  }

  /** Writes the manifest, and the cache without records that newer ones have replaced. */
  close(now: Date = new Date()): void {
    if (
      this.records.size === 0 &&
      !existsSync(this.directory) &&
      Object.keys(this.manifest.namedCheckpoints).length === 0
    )
      return;
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.compact();
    this.manifest.lastUpdated = now.toISOString();
    this.manifest.totalCached = this.records.size;
    this.manifest.totalSizeBytes = [...this.records.values()].reduce((sum, { resultSize }) => sum + resultSize, 0);
    replaceText(path.join(this.directory, MANIFEST), `${JSON.stringify(this.manifest, null, 2)}\n`, 0o600);
  }

  private compact(): void {
    if (this.records.size === 0 && !existsSync(path.join(this.directory, CACHE))) return;
    const lines = [...this.records.values()].map((record) => `${JSON.stringify(record)}\n`);
    replaceText(path.join(this.directory, CACHE), lines.join(''), 0o600);
  }

  private resultFile(key: string): string {
    return path.join(this.directory, RESULTS, `${key.replace(':', '-')}.json`);
  }
}

/** Names of the scripts that have checkpoints. */
export function scriptsWithCheckpoints(root: string): string[] {
  const directory = checkpointsDirectory(root);
  return existsSync(directory)
    ? readdirSync(directory).filter((name) => statSync(path.join(directory, name)).isDirectory())
    : [];
}

function readManifest(directory: string): CheckpointManifest | null {
  const file = path.join(directory, MANIFEST);
  if (!existsSync(file)) return null;
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CheckpointError(`${file}: ${(error as Error).message}`);
  }
  if (
    isRecord(manifest) &&
    manifest.version === 1 &&
    isRecord(manifest.namedCheckpoints) &&
    isRecord(manifest.checkpointStates)
  )
    return manifest as unknown as CheckpointManifest;
  throw new CheckpointError(`${file}: not a manifest of checkpoints this mlldc understands`);
}

function readRecords(file: string): CacheRecord[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  const records: CacheRecord[] = [];
  lines.forEach((line, at) => {
    if (line === '') return;
    const record = parseRecord(line);
    if (record) records.push(record);
    // The beginning of a line is what a run that was killed leaves.
    else if (!line.startsWith('{"key":"sha256:') || line.endsWith('}'))
      throw new CheckpointError(`${file}:${at + 1}: not a record of the cache`);
  });
  return records;
}

function parseRecord(line: string): CacheRecord | null {
  try {
    const record: unknown = JSON.parse(line);
    return isRecord(record) && /^sha256:[0-9a-f]{64}$/.test(String(record.key)) && typeof record.fn === 'string'
      ? (record as unknown as CacheRecord)
      : null;
  } catch {
    return null;
  }
}

function endsOpen(file: string): boolean {
  return existsSync(file) && statSync(file).size > 0 && !readFileSync(file, 'utf8').endsWith('\n');
}
