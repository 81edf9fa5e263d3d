/**
 * Signatures of files (security.md 10.3): directives sign what they write, so that a load can tell
 * what the program wrote from what something else has changed since.
 *
 * A file is signed before it is written, under both its old and its new content while that lasts:
 * a run that is killed in between leaves a file that is one of the two.
 */

import { createHash, type Hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isInside } from '../bindings/files/target.js';
import { readJsonObject, replaceText } from '../json-file.js';
import { withLock } from './lock.js';
import { checkSignature, contentHash, makeSignature, readSignature, type Signature } from './record.js';
import type { SignatureSetup } from './setup.js';

/** What a load has to know of a file's signature. */
export type FileJudgement = { status: 'unsigned' } | { status: 'verified'; signer: string } | { status: 'changed' };

/** A file that grows: the hash of what it holds so far. */
interface Growing {
  readonly hash: Hash;
  size: number;
  isSigned: boolean;
}

type Write = () => Promise<void>;

/** Appends are signed together: each needs its record only when somebody may read the file. */
const FLUSH_MS = 20;

export class FileSignatures {
  readonly #directory: string;
  readonly #growing = new Map<string, Growing>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly setup: SignatureSetup) {
    this.#directory = join(setup.root, '.sig', 'files');
  }

  /** Replaces a file's content by `write`, and signs it. */
  async replaced(path: string, text: string, write: Write): Promise<void> {
    await this.#signing(path, write, async (write) => {
      this.#growing.delete(path);
      const signature = this.#sign(path, contentHash(text));
      const before = this.#records(path) ?? [];
      this.setup.journal({
        event: before.length > 0 ? 'update' : 'sign',
        subject: signature.subject,
        hash: signature.hash,
        by: signature.signedBy,
      });
      this.#keep(path, [signature, ...before.slice(0, 1)]);
      await write();
      if (before.length > 0) this.#keep(path, [signature]);
    });
  }

  /**
   * Adds to a file by `append`. What is new is signed with what was there, if that was signed as it
   * stood; what was not signed, or was changed, stays so.
   */
  async appended(path: string, text: string, append: Write): Promise<void> {
    await this.#signing(path, append, async (append) => {
      const growing = this.#continued(path);
      await append();
      if (growing === null) return;
      const bytes = Buffer.from(text);
      growing.hash.update(bytes);
      growing.size += bytes.length;
      growing.isSigned = false;
      this.#growing.set(path, growing);
      this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
    });
  }

  /** Whether a file's text is what was signed last. */
  judge(path: string, text: string): FileJudgement {
    if (this.#growing.get(path)?.isSigned === false) this.flush();
    const records = this.#records(path);
    if (records === null) return { status: 'unsigned' };
    const hash = contentHash(text);
    const signature = records.find((record) => record.hash === hash);
    const holds = signature && checkSignature(this.setup.keys, signature, this.#subject(path)) === null;
    return holds ? { status: 'verified', signer: signature.signedBy } : { status: 'changed' };
  }

  /** A write that a policy has refused goes on record. */
  refused(path: string): void {
    this.setup.journal({ event: 'update_denied', subject: this.#subject(path), by: this.setup.identity() });
  }

  /** Signs what was appended since. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [path, growing] of this.#growing) {
      if (growing.isSigned) continue;
      growing.isSigned = true;
      try {
        this.#signGrown(path, growing);
      } catch (error) {
        this.setup.warn(`${path} could not be signed: ${(error as Error).message}`);
      }
    }
  }

  #signGrown(path: string, { hash }: Growing): void {
    const signature = this.#sign(path, `sha256:${hash.copy().digest('hex')}`);
    this.setup.journal({
      event: this.#records(path) === null ? 'sign' : 'update',
      subject: signature.subject,
      hash: signature.hash,
      by: signature.signedBy,
    });
    this.#keep(path, [signature]);
  }

  /**
   * Writes under the file's lock. What keeps the file from being signed keeps nobody from writing it:
   * it is unsigned then, or counts as changed.
   */
  async #signing(path: string, write: Write, work: (write: Write) => Promise<void>): Promise<void> {
    let writing: Promise<void> | undefined;
    try {
      await withLock(this.#file(path, 'lock'), () => work(() => (writing ??= write())));
    } catch (error) {
      // What went wrong with the writing itself is told by whoever asked for it.
      await writing;
      this.setup.warn(`${path} could not be signed: ${(error as Error).message}`);
    }
    await (writing ?? write());
  }

  /** The hash of a file that may be appended to under its signature; null for one that may not. */
  #continued(path: string): Growing | null {
    const known = this.#growing.get(path);
    this.#growing.delete(path);
    const size = sizeOf(path);
    if (known && known.size === size) return known;
    // Something else has written to it: what was appended before is no longer what it holds.
    if (known?.isSigned === false) return null;
    if (size === null) return { hash: createHash('sha256'), size: 0, isSigned: true };
    const bytes = readFileSync(path);
    if (bytes.length > 0 && this.judge(path, bytes.toString('utf8')).status !== 'verified') return null;
    return { hash: createHash('sha256').update(bytes), size: bytes.length, isSigned: true };
  }

  #sign(path: string, hash: string): Signature {
    const statement = { subject: this.#subject(path), hash, signedBy: this.setup.identity(), labels: [], taint: [] };
    return makeSignature(this.setup.keys, { ...statement, signedAt: this.setup.now().toISOString() });
  }

  /** What is on record of a file: null when nothing is, empty when that cannot be understood. */
  #records(path: string): Signature[] | null {
    const file = this.#file(path, 'sig.json');
    try {
      const signatures = readJsonObject(file)?.signatures;
      if (signatures === undefined && !existsSync(file)) return null;
      return Array.isArray(signatures) ? signatures.map(readSignature).filter((each) => each !== null) : [];
    } catch {
      return [];
    }
  }

  #keep(path: string, signatures: readonly Signature[]): void {
    mkdirSync(this.#directory, { recursive: true });
    replaceText(this.#file(path, 'sig.json'), `${JSON.stringify({ signatures }, null, 2)}\n`);
  }

  /** Files of the project are known by their place in it, so that it can be moved. */
  #subject(path: string): string {
    const { root } = this.setup;
    return `file:${isInside(path, root) ? path.slice(root.length).replace(/^\/+/, '') : path}`;
  }

  #file(path: string, kind: 'sig.json' | 'lock'): string {
    return join(this.#directory, `${contentHash(this.#subject(path)).slice('sha256:'.length, 39)}.${kind}`);
  }
}

function sizeOf(path: string): number | null {
  try {
    return statSync(path).size;
  } catch {
    return null;
  }
}
