/** `.sig/audit.jsonl`: what was signed and verified in the project (security.md 10.3). */

import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { appendLine, makeDirectory, openForAppend } from '../audit/files.js';

export interface JournalEntry {
  readonly event: 'sign' | 'verify' | 'verify-fail' | 'update' | 'update_denied';
  /** `var:prompt`, `file:src/notes.md`. */
  readonly subject: string;
  readonly hash?: string;
  readonly by?: string;
  /** Who asked: `directive:verify`, `cli`, an executable. */
  readonly caller?: string;
  /** Why not. */
  readonly detail?: string;
}

/** Appends an entry as one line. @throws Error when it cannot be written */
export function writeJournal(file: string, entry: JournalEntry, now: Date): void {
  makeDirectory(dirname(file));
  const fd = openForAppend(file);
  try {
    appendLine(fd, JSON.stringify({ ts: now.toISOString(), ...entry }));
  } finally {
    closeSync(fd);
  }
}
