/** What a signature says, and the text its key vouches for. */

import { createHash } from 'node:crypto';
import { isRecord } from '../../shared/record.js';
import type { SigningKeys } from './keys.js';

export interface Signature {
  /** `var:prompt` or `file:src/notes.md`: a signature of one thing is none of another. */
  readonly subject: string;
  /** `sha256:` and the digest of what was signed. */
  readonly hash: string;
  readonly method: 'sha256';
  readonly signedBy: string;
  /** ISO time. */
  readonly signedAt: string;
  /** What the signed text carried. */
  readonly labels: readonly string[];
  readonly taint: readonly string[];
  /** The public key, and its signature of all of the above. */
  readonly key: string;
  readonly signature: string;
}

type Statement = Omit<Signature, 'key' | 'signature' | 'method'>;

/** The hash of a text, as signatures write it. */
export function contentHash(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export function makeSignature(keys: SigningKeys, statement: Statement): Signature {
  return { ...statement, method: 'sha256', ...keys.sign(signedText(statement)) };
}

/** Why a signature of this subject does not hold; null when it does. */
export function checkSignature(keys: SigningKeys, signature: Signature, subject: string): string | null {
  if (signature.subject !== subject) return `it was made for ${signature.subject}`;
  return keys.check(signedText(signature), signature, signature.signedBy);
}

/** A signature as it was read from a file; null when it is none. */
export function readSignature(value: unknown): Signature | null {
  if (!isRecord(value) || value.method !== 'sha256') return null;
  const texts = ['subject', 'hash', 'signedBy', 'signedAt', 'key', 'signature'];
  const lists = ['labels', 'taint'];
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((item) => typeof item === 'string');
  const whole = texts.every((key) => typeof value[key] === 'string') && lists.every((key) => isList(value[key]));
  return whole ? (value as unknown as Signature) : null;
}

function signedText({ subject, hash, signedBy, signedAt, labels, taint }: Statement): string {
  return JSON.stringify(['mlld-signature-1', subject, hash, signedBy, signedAt, labels, taint]);
}
