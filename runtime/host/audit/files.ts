/** The files of the ledger: `.mlld/sec/audit.jsonl` and those it was rotated into. */

import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export const LEDGER_NAME = 'audit.jsonl';
/** Enough to hold the fields a record ends with. */
const TAIL_BYTES = 1024;
const ROTATED = /^audit-(\d{6,})-[0-9a-f]+\.jsonl$/;

/** The directory of a project's ledger. */
export function ledgerDirectory(root: string): string {
  return join(root, '.mlld', 'sec');
}

/** All files of the ledger, oldest first; empty when there is none. */
export function ledgerFiles(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  const rotated = names.filter((name) => ROTATED.test(name)).sort();
  const files = names.includes(LEDGER_NAME) ? [...rotated, LEDGER_NAME] : rotated;
  return files.map((name) => join(directory, name));
}

/** The name a full ledger file is moved to: after all others, and no other run's. */
export function rotatedName(directory: string, run: string): string {
  const numbers = readdirSync(directory).map((name) => Number(ROTATED.exec(name)?.[1] ?? 0));
  const next = Math.max(0, ...numbers) + 1;
  return `audit-${String(next).padStart(6, '0')}-${run.replace(/[^0-9a-f]/g, '').slice(0, 12)}.jsonl`;
}

/**
 * Opens a file for appending whole lines. A link in its place is refused: it would send the
 * records somewhere else.
 */
export function openForAppend(path: string): number {
  const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);
  return openSync(path, flags, 0o600);
}

/**
 * Appends a line in a single write, so that lines of several processes never mix.
 *
 * @throws Error when the line was not written as a whole
 */
export function appendLine(fd: number, line: string): void {
  const bytes = Buffer.from(`${line}\n`, 'utf8');
  if (writeSync(fd, bytes) !== bytes.length) throw new Error('the line was cut off');
}

/**
 * Appends lines in a single write, so that lines of several processes never mix.
 *
 * @returns how many were written as a whole
 */
export function appendLines(fd: number, lines: readonly string[]): number {
  const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
  const count = writeSync(fd, bytes);
  return count === bytes.length ? lines.length : bytes.toString('utf8', 0, count).split('\n').length - 1;
}

/** The last bytes of a file as text, without the final newline; empty when there is no file. */
export function readTail(path: string): { text: string; complete: boolean } {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch {
    return { text: '', complete: true };
  }
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const count = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const complete = count === 0 || bytes[count - 1] === 10;
    return { text: bytes.toString('utf8', 0, count).trimEnd(), complete };
  } finally {
    closeSync(fd);
  }
}

/** Makes the directory; only its owner may look into it. */
export function makeDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** The bytes of a file from `offset` on, and what tells the file from others of the same name. */
export function readFrom(
  path: string,
  offsets: ReadonlyMap<number, number>,
): { inode: number; text: string; end: number } | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch {
    return null;
  }
  try {
    const { ino, size } = fstatSync(fd);
    const start = offsets.get(ino) ?? 0;
    const bytes = Buffer.alloc(Math.max(0, size - start));
    let read = 0;
    while (read < bytes.length) {
      const count = readSync(fd, bytes, read, bytes.length - read, start + read);
      if (count === 0) break;
      read += count;
    }
    // A line still being written is left for the next time.
    const end = bytes.lastIndexOf(10, read - 1) + 1;
    return { inode: ino, text: bytes.toString('utf8', 0, end), end: start + end };
  } finally {
    closeSync(fd);
  }
}

/** The inode of a path, or null when there is nothing. */
export function inodeOf(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
}
