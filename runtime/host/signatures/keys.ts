/**
 * The keys signatures are made and checked with (security.md 10.3). A user has one Ed25519 key in
 * their home directory, outside of every project: who can write in a project can copy a signature,
 * and cannot make one. Keys of others count once the user has listed them in `trusted.json`.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJsonObject } from '../json-file.js';
import { SignatureError } from './error.js';

const PREFIX = 'ed25519:';

export class SigningKeys {
  readonly #directory: string | null;
  #own: { key: KeyObject; id: string } | null = null;

  /** @param home the user's home directory; without one there are no keys */
  constructor(home: string | undefined) {
    this.#directory = home ? join(home, '.mlld', 'signing') : null;
  }

  /**
   * Signs a text with the user's key, which is made when there is none.
   * @throws SignatureError when there can be no key, or the one there is cannot be read
   */
  sign(text: string): { key: string; signature: string } {
    const { key, id } = this.#ownKey();
    return { key: id, signature: sign(null, Buffer.from(text), key).toString('base64url') };
  }

  /** The user's public key, in the form `trusted.json` of others lists it. */
  publicKey(): string {
    return this.#ownKey().id;
  }

  /**
   * Whether `key` made the signature of this text, and may sign in the name of `signer`: the user's
   * own key may in any name, a listed one only in its own.
   * @returns why not, or null
   */
  check(text: string, { key, signature }: { key: string; signature: string }, signer: string): string | null {
    let isOwn = false;
    let listed: string | null = null;
    if (this.#directory !== null) {
      this.#own ??= load(this.#file(), false);
      isOwn = this.#own?.id === key;
      listed = isOwn ? null : this.#listed(key);
    }
    if (!isOwn && listed === null) return 'it was made with a key that is not trusted here';
    if (!isOwn && listed !== signer) return `it names ${signer} and was made with the key of ${listed}`;
    try {
      const der = Buffer.from(key.slice(PREFIX.length), 'base64url');
      const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
      return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'))
        ? null
        : 'its record was changed';
    } catch {
      return 'its key cannot be understood';
    }
  }

  #ownKey(): { key: KeyObject; id: string } {
    this.#own ??= load(this.#file(), true)!;
    return this.#own;
  }

  #file(): string {
    if (this.#directory === null)
      throw new SignatureError('SIGN_KEY_UNAVAILABLE', 'There is no home directory (HOME) to keep a signing key in');
    return join(this.#directory, 'key.pem');
  }

  /** Whose key it is by `trusted.json`: an object from signers to their public keys. */
  #listed(key: string): string | null {
    const file = join(this.#directory!, 'trusted.json');
    let known: Record<string, unknown> | null;
    try {
      known = readJsonObject(file);
    } catch (error) {
      throw new SignatureError('SIGN_KEY_UNAVAILABLE', (error as Error).message);
    }
    return Object.entries(known ?? {}).find(([, value]) => value === key)?.[0] ?? null;
  }
}

/** The key in a file; made there when asked to. Two runs that make one at the same time end up with the same. */
function load(file: string, make: boolean): { key: KeyObject; id: string } | null {
  const text = read(file) ?? (make ? create(file) : null);
  if (text === null) return null;
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new SignatureError('SIGN_KEY_EXPOSED', `Others may use the signing key ${file}: chmod 600 ${file}`);
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is not an Ed25519 key');
    const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
    return { key, id: PREFIX + der.toString('base64url') };
  } catch (error) {
    throw new SignatureError(
      'SIGN_KEY_UNAVAILABLE',
      `The signing key ${file} cannot be used: ${(error as Error).message}`,
    );
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new SignatureError('SIGN_KEY_UNAVAILABLE', `The signing key cannot be read: ${(error as Error).message}`);
  }
}

function create(file: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const draft = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(draft, text, { mode: 0o600 });
    // Unlike a rename, a link never replaces the key another run has made meanwhile.
    linkSync(draft, file);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return read(file)!;
    throw new SignatureError('SIGN_KEY_UNAVAILABLE', `A signing key cannot be made: ${(error as Error).message}`);
  } finally {
    rmSync(draft, { force: true });
  }
}
