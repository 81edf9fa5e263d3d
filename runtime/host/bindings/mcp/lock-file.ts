/** Tool pins in `mlld-lock.json`, under the key `mcpTools`. */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../../config.js';
import type { ToolLock } from './pins.js';

const LOCK_FILE = 'mlld-lock.json';
const KEY = 'mcpTools';

/**
 * The tools a project accepted.
 * @throws ConfigError when the file cannot be understood: a broken lock must not let everything in
 */
export function readToolLock(root: string): ToolLock {
  const lock = readLock(root)[KEY] ?? {};
  if (!isRecord(lock) || !Object.values(lock).every(isPins))
    throw new ConfigError(path.join(root, LOCK_FILE), `'${KEY}' must hold the pins of each server`);
  return lock as ToolLock;
}

/** Replaces the pins in the lock file and leaves everything else in it alone. */
export function writeToolLock(root: string, lock: ToolLock): void {
  const file = path.join(root, LOCK_FILE);
  const text = `${JSON.stringify({ ...readLock(root), [KEY]: lock }, null, 2)}\n`;
  const draft = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text, { mode: 0o644 });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new ConfigError(file, `cannot be written: ${(error as Error).message}`);
  }
}

function readLock(root: string): Record<string, unknown> {
  const file = path.join(root, LOCK_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError(file, `cannot be read: ${(error as Error).message}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(file, `not valid JSON: ${(error as Error).message}`);
  }
  if (!isRecord(parsed)) throw new ConfigError(file, 'must be a JSON object');
  return parsed;
}

function isPins(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.values(value).every(
      (pin) => isRecord(pin) && ['sha256', 'description', 'inputSchema'].every((part) => typeof pin[part] === 'string'),
    )
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
