/** Reading the ledger: filtered records, the history of a file, and whether anything is missing. */

import { resolve } from 'node:path';
import { isSystemMark } from '../../shared/policy/labels.js';
import { type Anchor, type ChainKey, type ChainProblem, ChainVerifier } from './chain.js';
import type { AuditEvent } from './event.js';
import { ledgerFiles, readFrom } from './files.js';
import { type AuditFilter, passes } from './filter.js';

export interface AuditRecord extends AuditEvent {
  id: string;
  ts: string;
  run: string;
  seq: number;
}

/** What earlier writes say about a file (security.md 10.2). */
export interface RecordedTaint {
  labels: string[];
  taint: string[];
  sources: string[];
  /** False when the ledger was tampered with: then it may say too little, and the file is to be distrusted. */
  intact: boolean;
}

/** Reads what was added to the ledger since the last call, and checks its chain on the way. */
export class LedgerReader {
  private readonly offsets = new Map<number, number>();
  private readonly lines = new Map<number, number>();
  private readonly writes = new Map<string, { taint: Set<string>; writers: Set<string> }>();
  private readonly verifier: ChainVerifier;
  private started = false;

  constructor(
    private readonly directory: string,
    key: ChainKey = null,
    private readonly anchors: () => readonly Anchor[] = () => [],
  ) {
    this.verifier = new ChainVerifier(key);
  }

  /** The records added since the last call, in the order of the ledger. */
  next(): AuditRecord[] {
    // Read before the ledger: what is anchored meanwhile may not be in the part that is read.
    const expected = this.started ? [] : this.anchors();
    this.started = true;
    const records: AuditRecord[] = [];
    for (const { file, part } of this.parts()) {
      let number = this.lines.get(part.inode) ?? 0;
      for (const line of part.text.split('\n').slice(0, -1)) {
        number++;
        const record = line === '' ? null : this.verifier.check(line, file, number);
        if (record) records.push(record as unknown as AuditRecord);
      }
      this.offsets.set(part.inode, part.end);
      this.lines.set(part.inode, number);
    }
    for (const record of records) this.remember(record);
    this.verifier.checkAnchors(expected);
    return records;
  }

  /** What was added to each file; read again when a rotation has happened in between. */
  private parts(): { file: string; part: NonNullable<ReturnType<typeof readFrom>> }[] {
    for (let attempt = 0; ; attempt++) {
      const files = ledgerFiles(this.directory);
      const parts = files.map((file) => ({ file, part: readFrom(file, this.offsets) }));
      if (attempt < 3 && ledgerFiles(this.directory).join('\n') !== files.join('\n')) continue;
      return parts.filter((each): each is { file: string; part: NonNullable<typeof each.part> } => each.part !== null);
    }
  }

  /** The union of all write records of a path. */
  restore(path: string): RecordedTaint {
    this.next();
    const found = this.writes.get(resolve(path));
    const taint = [...(found?.taint ?? [])];
    return {
      labels: taint.filter((label) => !isSystemMark(label)),
      taint,
      sources: [...(found?.writers ?? [])],
      intact: this.problems().length === 0,
    };
  }

  /** The paths of all files with write records that carry taint. */
  tainted(): string[] {
    this.next();
    return [...this.writes].filter(([, { taint }]) => taint.size > 0).map(([path]) => path);
  }

  /** Everything that is wrong with the ledger as far as it was read. */
  problems(): readonly ChainProblem[] {
    return this.verifier.problems;
  }

  private remember(record: AuditRecord): void {
    if (record.event !== 'write' || typeof record.path !== 'string') return;
    const known = this.writes.get(record.path) ?? { taint: new Set<string>(), writers: new Set<string>() };
    for (const mark of Array.isArray(record.taint) ? (record.taint as readonly string[]) : []) known.taint.add(mark);
    if (typeof record.writer === 'string') known.writers.add(record.writer);
    this.writes.set(record.path, known);
  }
}

/** The records of a ledger that the filter lets through. */
export function readAudit(directory: string, filter: AuditFilter = {}): AuditRecord[] {
  return new LedgerReader(directory).next().filter((record) => passes(record, filter));
}

/** Everything that is wrong with a ledger; empty when it is whole. */
export function verifyAudit(
  directory: string,
  key: ChainKey = null,
  anchors: readonly Anchor[] = [],
): readonly ChainProblem[] {
  const reader = new LedgerReader(directory, key, () => anchors);
  reader.next();
  return reader.problems();
}
