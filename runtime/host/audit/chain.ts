/**
 * The chain that makes tampering with the ledger visible (security.md 10.2).
 *
 * Every run chains its own records, so runs that write at the same time need no lock: a record
 * holds its place in the run and the digest of the record before it; the first record of a run
 * holds the digest of the last record then in the ledger, which ties the runs together. A record
 * that was changed, left out, inserted or moved breaks a digest or a sequence.
 *
 * With a key the digests are MACs and cannot be recomputed by who can only write the ledger. What
 * a chain cannot show by itself, that its end was cut off, is shown by anchors kept elsewhere.
 */

import * as crypto from 'node:crypto';
import { isRecord } from '../../shared/record.js';

/** Secret of the digests, or null for plain hashes. */
export type ChainKey = string | Uint8Array | null;

export interface Link {
  /** Identifies the run. */
  run: string;
  /** Place in the run, from 0. */
  seq: number;
  /** Digest of the record before; for the first record of a run of any earlier one, or empty. */
  prev: string;
}

/** A place in a chain that is known from outside the ledger. */
export interface Anchor {
  run: string;
  seq: number;
  digest: string;
}

export interface ChainProblem {
  file: string;
  /** From 1; 0 for the ledger as a whole. */
  line: number;
  problem: string;
}

/** How every record begins (KEY_ORDER in event.ts). */
const RECORD_START = '{"id":"';
const DIGEST_LENGTH = 32;
const DIGEST_FIELD = /,"digest":"([0-9a-f]{32})"\}$/;

/**
 * The text of a record with its link and digest as last fields.
 *
 * @param fields the record as JSON without the brace at its end
 */
export function seal(fields: string, { run, seq, prev }: Link, key: ChainKey): { line: string; digest: string } {
  const body = `${fields},"run":${JSON.stringify(run)},"seq":${seq},"prev":${JSON.stringify(prev)}`;
  const digest = digestOf(`${body}}`, key);
  return { line: `${body},"digest":"${digest}"}`, digest };
}

/** Checks records in the order of the ledger. */
export class ChainVerifier {
  readonly problems: ChainProblem[] = [];
  private readonly runs = new Map<string, { seq: number; digest: string }>();
  private readonly digests = new Set<string>();
  private readonly anchored = new Map<string, string>();

  constructor(private readonly key: ChainKey) {}

  /** Checks one line. @returns the record, or null when the line is none. */
  check(line: string, file: string, number: number): Record<string, unknown> | null {
    const fail = (problem: string) => this.problems.push({ file, line: number, problem });
    const record = parseRecord(line);
    if (!record) {
      // A run that was killed, or a full disk, leaves the beginning of a record. It says nothing that
      // happened: effects wait for their records. If the run went on, its chain shows what is missing.
      if (!line.startsWith(RECORD_START)) fail('not an audit record');
      return null;
    }
    const digest = DIGEST_FIELD.exec(line)?.[1];
    const { run, seq, prev } = record as { run?: unknown; seq?: unknown; prev?: unknown };
    // What such a record says still counts: a record can only add taint.
    if (digest === undefined || typeof run !== 'string' || typeof seq !== 'number' || typeof prev !== 'string') {
      fail('the record has no place in a chain');
      return record;
    }
    if (digestOf(line.replace(DIGEST_FIELD, '}'), this.key) !== digest) fail('the record was changed');
    const before = this.runs.get(run);
    if (seq !== (before ? before.seq + 1 : 0)) fail('records before this one are missing');
    else if (before ? before.digest !== prev : prev !== '' && !this.digests.has(prev))
      fail('the record before this one was replaced or removed');
    this.runs.set(run, { seq, digest });
    this.digests.add(digest);
    this.anchored.set(`${run}:${seq}`, digest);
    return record;
  }

  /** Compares with what is known from outside: records whose anchors are gone were cut off. */
  checkAnchors(anchors: readonly Anchor[]): void {
    for (const { run, seq, digest } of anchors) {
      if (this.anchored.get(`${run}:${seq}`) !== digest) {
        this.problems.push({ file: '', line: 0, problem: `record ${seq} of run ${run} is missing` });
      }
    }
  }
}

/** The digest at the end of a line, or null. */
export function digestIn(line: string): string | null {
  return DIGEST_FIELD.exec(line)?.[1] ?? null;
}

function parseRecord(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function digestOf(body: string, key: ChainKey): string {
  const digest = key === null ? sha256(body) : crypto.createHmac('sha256', key).update(body).digest('hex');
  return digest.slice(0, DIGEST_LENGTH);
}

/** Node from 20.12 on has it in one call, which costs half of what the hash object does. */
const sha256: (text: string) => string =
  (crypto.hash as typeof crypto.hash | undefined) === undefined
    ? (text) => crypto.createHash('sha256').update(text).digest('hex')
    : (text) => crypto.hash('sha256', text, 'hex');
