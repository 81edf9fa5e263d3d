/** Anchors of the chain, kept outside the project so that a ledger cut short or deleted is noticed. */

import { closeSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Anchor } from './chain.js';
import { appendLine, makeDirectory, openForAppend } from './files.js';

/** Adds an anchor to the file. @throws Error when it cannot be written */
export function writeAnchor(path: string, anchor: Anchor): void {
  makeDirectory(dirname(path));
  const fd = openForAppend(path);
  try {
    appendLine(fd, JSON.stringify(anchor));
  } finally {
    closeSync(fd);
  }
}

/** The anchors of a file; none when there is no file. A line that is no anchor cannot be met. */
export function readAnchors(path: string): Anchor[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(readAnchor);
}

function readAnchor(line: string): Anchor {
  try {
    const { run, seq, digest } = JSON.parse(line) as Partial<Anchor>;
    if (typeof run === 'string' && typeof seq === 'number' && typeof digest === 'string') return { run, seq, digest };
  } catch {
    // Falls through: a damaged anchor file says that something was tampered with.
  }
  return { run: 'unknown', seq: -1, digest: '' };
}
