import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PREFIX = 'mlldc-';

/** Younger folders are left alone: their process may run where we cannot see it. */
const STALE_MS = 24 * 60 * 60 * 1000;

let swept = false;

/**
 * A private folder for sockets and other things that live as long as we do. Whoever asks for it
 * removes it; what a killed process left behind is removed by a later one.
 */
export function makeScratchFolder(purpose: string): string {
  if (!swept) {
    swept = true;
    sweep();
  }
  return mkdtempSync(path.join(tmpdir(), `${PREFIX}${purpose}-${process.pid}-`));
}

function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = /^mlldc-[a-z]+-(\d+)-[a-zA-Z0-9]{6}$/.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const folder = path.join(tmpdir(), name);
    try {
      const { mtimeMs, uid } = statSync(folder);
      if (uid === process.getuid?.() && Date.now() - mtimeMs > STALE_MS)
        rmSync(folder, { recursive: true, force: true });
    } catch {
      // Gone already, or not ours to remove.
    }
  }
}

/** True while a process with this id runs, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
