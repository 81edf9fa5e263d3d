/** Tool pins in `mlld-lock.json`, under the key `mcpTools`. */

import path from 'node:path';
import { isRecord } from '../../../shared/record.js';
import { ConfigError, readJsonObject, writeJsonObject } from '../../json-file.js';
import type { ToolLock } from './pins.js';

const LOCK_FILE = 'mlld-lock.json';
const KEY = 'mcpTools';

/**
 * The tools a project accepted.
 * @throws ConfigError when the file cannot be understood: a broken lock must not let everything in
 */
export function readToolLock(root: string): ToolLock {
  const lock = readJsonObject(path.join(root, LOCK_FILE))?.[KEY] ?? {};
  if (!isRecord(lock) || !Object.values(lock).every(isPins))
    throw new ConfigError(path.join(root, LOCK_FILE), `'${KEY}' must hold the pins of each server`);
  return lock as ToolLock;
}

/** Replaces the pins in the lock file and leaves everything else in it alone. */
export function writeToolLock(root: string, lock: ToolLock): void {
  const file = path.join(root, LOCK_FILE);
  writeJsonObject(file, { ...readJsonObject(file), [KEY]: lock });
}

function isPins(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.values(value).every(
      (pin) => isRecord(pin) && ['sha256', 'description', 'inputSchema'].every((part) => typeof pin[part] === 'string'),
    )
  );
}
