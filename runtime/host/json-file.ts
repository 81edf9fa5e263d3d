/** JSON files of a project: read as a whole or refused, replaced as a whole or left alone. */

import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isRecord } from '../shared/record.js';

/** A file of the project that cannot be read or understood. What depends on it must not start. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';

  constructor(
    readonly file: string,
    problem: string,
  ) {
    super(`${file}: ${problem}`);
    this.name = 'ConfigError';
  }
}

/**
 * The object in a JSON file; null when there is no such file.
 * @throws ConfigError when the file cannot be read, is not JSON, or holds something else
 */
export function readJsonObject(file: string): Record<string, unknown> | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
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

/**
 * Replaces a file's text: it is written beside the file and moved into place, so that nobody ever
 * meets half of it, and nothing is left behind when that fails.
 * @throws NodeJS.ErrnoException
 */
export function replaceText(file: string, text: string, mode = 0o644): void {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, text, { mode, flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Writes an object as indented JSON, as `replaceText` does.
 * @throws ConfigError when it cannot be written
 */
export function writeJsonObject(file: string, data: object): void {
  try {
    replaceText(file, `${JSON.stringify(data, null, 2)}\n`);
  } catch (error) {
    throw new ConfigError(file, `cannot be written: ${(error as Error).message}`);
  }
}
