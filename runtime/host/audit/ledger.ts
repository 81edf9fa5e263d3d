/** Writing the ledger (security.md 10.1). */

import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { readAnchors, writeAnchor } from './anchors.js';
import { type ChainKey, digestIn, seal } from './chain.js';
import { type AuditEvent, type AuditedValue, auditArgs, auditLength, auditMark, recordText } from './event.js';
import {
  appendLine,
  appendLines,
  inodeOf,
  LEDGER_NAME,
  ledgerDirectory,
  ledgerFiles,
  makeDirectory,
  openForAppend,
  readTail,
  rotatedName,
} from './files.js';
import { LedgerReader, type RecordedTaint } from './read.js';

export interface LedgerOptions {
  /** Called once when writing fails; a run goes on without its ledger (security.md 10.1). */
  warn?: (message: string) => void;
  /** Blanks secret values in texts that may quote them. */
  redact?: (text: string) => string;
  /** The ledger file is set aside when it has grown to this size. */
  maxBytes?: number;
  /** Secret of the chain's digests. */
  key?: ChainKey;
  /** A file outside the project that keeps anchors of the chain. */
  anchorFile?: string;
  now?: () => Date;
}

interface Instant {
  readonly ms: number;
  /** As records tell it. */
  readonly text: string;
}

const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
/** An anchor is written with the first record, then after this many. */
const ANCHOR_INTERVAL = 64;

/**
 * The ledger of one run. Records are written at once and as whole lines: a process that is killed
 * loses none it has written, and runs that write at the same time never mix theirs. Ledgers that
 * were rotated are kept, since the taint of files is read back from them.
 */
export class Ledger {
  readonly run: string = randomUUID();
  readonly directory: string;
  private readonly path: string;
  private readonly reader: LedgerReader;
  private fd: number | null = null;
  private inode = -1;
  private seq = 0;
  private prev = '';
  private lineOpen = false;
  /** The lines of a batch, which are written at its end. */
  private held: string[] | null = null;
  private batchTime: Instant | null = null;
  private warned = false;

  /** @param root the project root; the ledger is made when the first record is written */
  constructor(
    root: string,
    private readonly options: LedgerOptions = {},
  ) {
    this.directory = ledgerDirectory(root);
    this.path = join(this.directory, LEDGER_NAME);
    const { anchorFile } = options;
    this.reader = new LedgerReader(this.directory, options.key ?? null, () =>
      anchorFile === undefined ? [] : readAnchors(anchorFile),
    );
  }

  /**
   * Writes a record. It is on its way to disk when this returns, so callers write before they act.
   *
   * @returns the record's id, which lineage refers to; null when it could not be written
   */
  append(event: AuditEvent): string | null {
    const id = randomUUID();
    try {
      this.write(recordText(id, this.time().text, event, this.redact));
      return id;
    } catch (error) {
      this.warn(error);
      return null;
    }
  }

  /** Writes the records that `work` appends together. They are on their way to disk when this returns. */
  batch(work: () => void): void {
    const held: string[] = [];
    const { prev } = this;
    this.held = held;
    this.batchTime = this.time();
    try {
      work();
    } finally {
      this.held = null;
      this.batchTime = null;
      if (held.length > 0) this.release(held, prev);
    }
  }

  /**
   * Records that the body of a tool is about to run.
   *
   * @param at when it is, for who reports it later; now when absent
   * @returns a function that records how it ended
   */
  call(
    tool: string,
    args: Record<string, AuditedValue>,
    mark: AuditedValue['mark'],
    at?: number,
  ): (end: { ok: boolean; result?: AuditedValue; detail?: string; at?: number }) => string | null {
    const started = at ?? this.time().ms;
    const common = { tool, args: auditArgs(args, this.redact), ...auditMark(mark) };
    this.append({ event: 'toolStart', ...common });
    return ({ ok, result, detail, at: ended = this.time().ms }) => {
      const duration = Math.max(0, Math.round(ended - started)) || 0;
      const ending = { ...(result ? auditMark(result.mark) : {}), resultLength: auditLength(result), duration, ok };
      return this.append({ event: 'toolCall', ...common, ...ending, ...(detail === undefined ? {} : { detail }) });
    };
  }

  /** What the ledger says about a file that is read back. */
  restore(path: string): RecordedTaint {
    return this.reader.restore(path);
  }

  /** The files that carry taint by what the ledger says. */
  tainted(): readonly string[] {
    return this.reader.tainted();
  }

  /** Ends the run's part of the ledger. */
  close(): void {
    if (this.fd === null) return;
    try {
      this.anchor();
    } catch (error) {
      this.warn(error);
    }
    closeSync(this.fd);
    this.fd = null;
  }

  private get redact(): (text: string) => string {
    return this.options.redact ?? ((text) => text);
  }

  /** What the clock says; the records of a batch are written at one time. */
  private time(): Instant {
    if (this.batchTime !== null) return this.batchTime;
    const now = this.options.now?.() ?? new Date();
    return { ms: now.getTime(), text: now.toISOString() };
  }

  /** @param fields the record as JSON without the brace at its end */
  private write(fields: string): void {
    const fd = this.held?.length ? this.fd! : this.open();
    const { line, digest } = seal(fields, { run: this.run, seq: this.seq, prev: this.prev }, this.options.key ?? null);
    if (this.held) this.held.push(line);
    else {
      this.endOpenLine(fd);
      this.lineOpen = true;
      appendLine(fd, line);
      this.lineOpen = false;
    }
    this.prev = digest;
    this.seq++;
    if (!this.held) this.written(fd, 1);
  }

  /** Writes the lines of a batch. Those that did not make it do not count: the chain goes on before them. */
  private release(lines: readonly string[], before: string): void {
    const fd = this.fd!;
    let whole = 0;
    try {
      this.endOpenLine(fd);
      whole = appendLines(fd, lines);
      if (whole < lines.length) throw new Error('the line was cut off');
    } catch (error) {
      this.lineOpen = !readTail(this.path).complete;
      this.seq -= lines.length - whole;
      this.prev = whole > 0 ? digestIn(lines[whole - 1]!)! : before;
      this.warn(error);
    }
    try {
      if (whole > 0) this.written(fd, whole);
    } catch (error) {
      this.warn(error);
    }
  }

  /** What a full disk or a crash left of a line must not swallow the next. */
  private endOpenLine(fd: number): void {
    if (this.lineOpen) appendLine(fd, '');
    this.lineOpen = false;
  }

  /** The latest `count` records are in the file. */
  private written(fd: number, count: number): void {
    const intervals = (records: number) => Math.ceil(records / ANCHOR_INTERVAL);
    if (intervals(this.seq) > intervals(this.seq - count)) this.anchor();
    this.rotate(fd);
  }

  /** The open ledger file; opened again when another run has set it aside. */
  private open(): number {
    if (this.fd !== null && inodeOf(this.path) === this.inode) return this.fd;
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
    makeDirectory(this.directory);
    if (this.seq === 0) this.prev = lastDigest(this.directory);
    this.lineOpen = !readTail(this.path).complete;
    const fd = openForAppend(this.path);
    this.fd = fd;
    this.inode = fstatSync(fd).ino;
    return fd;
  }

  private rotate(fd: number): void {
    if (fstatSync(fd).size < (this.options.maxBytes ?? DEFAULT_MAX_BYTES)) return;
    // Another run may have rotated already; its new file is not to be moved away as well.
    if (inodeOf(this.path) === this.inode)
      renameSync(this.path, join(this.directory, rotatedName(this.directory, this.run)));
  }

  private anchor(): void {
    if (this.options.anchorFile !== undefined && this.seq > 0) {
      writeAnchor(this.options.anchorFile, { run: this.run, seq: this.seq - 1, digest: this.prev });
    }
  }

  private warn(error: unknown): void {
    if (this.warned) return;
    this.warned = true;
    this.options.warn?.(`Audit log write failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The digest of the last record in the ledger, or empty. */
function lastDigest(directory: string): string {
  for (const file of ledgerFiles(directory).reverse()) {
    const digest = digestIn(readTail(file).text);
    if (digest !== null) return digest;
  }
  return '';
}
