/** One writer at a time for a signature and what it is of, among all runs of a project. */

import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignatureError } from './error.js';

const WAIT_MS = 5_000;
/** A lock that names no process was left by one that was killed while it took it. */
const NAMELESS_MS = 1_000;

/**
 * Does `work` while nobody else holds the lock.
 * @throws SignatureError SIGN_STORE_BUSY when it cannot be had; `work` has not run then
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await take(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

async function take(file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  for (const until = Date.now() + WAIT_MS; ; await sleep(3)) {
    try {
      const fd = openSync(file, 'wx', 0o600);
      writeSync(fd, String(process.pid));
      return closeSync(fd);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isAbandoned(file)) rmSync(file, { force: true });
    else if (Date.now() > until)
      throw new SignatureError('SIGN_STORE_BUSY', `Another run holds the lock ${file}; remove it if there is none`);
  }
}

function isAbandoned(file: string): boolean {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    if (!(owner > 0)) return Date.now() - statSync(file).mtimeMs > NAMELESS_MS;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
