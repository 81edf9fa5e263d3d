/**
 * Signatures of variables: `.sig/content/<var>.sig.json`, and beside it the text that was signed
 * (security.md 10.3). Of a template that is its text with the placeholders.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, readJsonObject, replaceText } from '../json-file.js';
import { SignatureError } from './error.js';
import type { JournalEntry } from './journal.js';
import { withLock } from './lock.js';
import { checkSignature, contentHash, makeSignature, readSignature, type Signature } from './record.js';
import type { SignatureSetup } from './setup.js';

export interface SignRequest {
  readonly name: string;
  readonly text: string;
  /** As the program names the signer; absent: the user. */
  readonly by?: string;
  /** What the text carries; a text that comes back verified carries it again. */
  readonly labels: readonly string[];
  readonly taint: readonly string[];
}

/** What `verify` answers (security.md 10.3). */
export interface Verification {
  readonly verified: boolean;
  /** The signed text; null when it is not verified. */
  readonly template: string | null;
  readonly hash: string | null;
  readonly signedBy: string | null;
  readonly signedAt: string | null;
  /** Why it is not verified. */
  readonly reason?: string;
}

const NAME = /^[A-Za-z_][\w-]*$/;

export class VariableSignatures {
  readonly #directory: string;

  constructor(private readonly setup: SignatureSetup) {
    this.#directory = join(setup.root, '.sig', 'content');
  }

  /**
   * Signs a text under a variable's name. What is signed like this already stays as it is.
   * @returns the signature, and whether it is new
   * @throws SignatureError
   */
  async sign(request: SignRequest): Promise<{ signature: Signature; isNew: boolean }> {
    const { keys, journal, now } = this.setup;
    const { text, labels, taint } = request;
    const name = checked(request.name);
    const subject = `var:${name}`;
    const signedBy = request.by ?? this.setup.identity();
    const hash = contentHash(text);
    const paths = this.#paths(name);
    return withLock(paths.lock, async () => {
      const before = this.#read(paths);
      const isSame =
        before !== null &&
        before.content === text &&
        before.signature.hash === hash &&
        before.signature.signedBy === signedBy &&
        same(before.signature.labels, labels) &&
        same(before.signature.taint, taint) &&
        checkSignature(keys, before.signature, subject) === null;
      if (isSame) return { signature: before.signature, isNew: false };
      const signature = makeSignature(keys, { subject, hash, signedBy, signedAt: now().toISOString(), labels, taint });
      mkdirSync(this.#directory, { recursive: true });
      journal({ event: before ? 'update' : 'sign', subject, hash, by: signedBy });
      // Whoever meets the new text with the old signature finds it not verified, never the other way.
      replaceText(paths.content, text);
      replaceText(paths.signature, `${JSON.stringify(signature, null, 2)}\n`);
      return { signature, isNew: true };
    });
  }

  /**
   * Whether what is kept under a name is what was signed.
   * @param text what the variable says now, where that is known: it has to be the same
   * @throws SignatureError when that cannot be found out
   */
  verify(given: string, text: string | null, caller: string): Verification & { signature: Signature | null } {
    const name = checked(given);
    const subject = `var:${name}`;
    const { signature, content, reason } = this.#judge(name, subject, text);
    const result: JournalEntry =
      reason === null
        ? { event: 'verify', subject, caller }
        : { event: 'verify-fail', subject, caller, detail: reason };
    this.setup.journal({ ...result, ...(signature && { hash: signature.hash, by: signature.signedBy }) });
    const { hash = null, signedBy = null, signedAt = null } = signature ?? {};
    if (reason !== null) return { verified: false, template: null, hash, signedBy, signedAt, reason, signature };
    return { verified: true, template: content, hash, signedBy, signedAt, signature };
  }

  #judge(name: string, subject: string, text: string | null) {
    const failed = (reason: string, signature: Signature | null = null) => ({ signature, content: null, reason });
    let kept: { signature: Signature; content: string } | null;
    try {
      kept = this.#read(this.#paths(name));
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      return failed(error.message);
    }
    if (kept === null) return failed('it was never signed');
    const { signature, content } = kept;
    const wrong = checkSignature(this.setup.keys, signature, subject);
    if (wrong !== null) return failed(`its signature does not hold: ${wrong}`, signature);
    if (contentHash(content) !== signature.hash) return failed('the signed text was changed', signature);
    if (text !== null && text !== content) return failed('it says something else now than what was signed', signature);
    return { signature, content, reason: null };
  }

  /** What is kept; null when nothing is. @throws SignatureError when it cannot be understood */
  #read({ signature: file, content }: Paths): { signature: Signature; content: string } | null {
    let record: Record<string, unknown> | null;
    try {
      record = readJsonObject(file);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new SignatureError('SIGN_STORE_DAMAGED', 'its signature cannot be read');
    }
    if (record === null) return null;
    const signature = readSignature(record);
    const text = textOf(content);
    if (!signature || text === null)
      throw new SignatureError(
        'SIGN_STORE_DAMAGED',
        signature ? 'the signed text is gone' : 'its signature is damaged',
      );
    return { signature, content: text };
  }

  #paths(name: string): Paths {
    const stem = join(this.#directory, name);
    return { signature: `${stem}.sig.json`, content: `${stem}.sig.content`, lock: `${stem}.lock` };
  }
}

interface Paths {
  readonly signature: string;
  readonly content: string;
  readonly lock: string;
}

/** The name of a variable, which names files: nothing else may. */
function checked(given: string): string {
  const name = given.replace(/^@/, '');
  if (!NAME.test(name)) throw new SignatureError('SIGN_NAME_INVALID', `'${given}' is not the name of a variable`);
  return name;
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
