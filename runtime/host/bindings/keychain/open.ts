/** Picks the keychain of this machine and keeps the rules that hold for all of them. */

import { KeytarBackend } from './keytar.js';
import { SecretToolBackend } from './secret-tool.js';
import { SecurityBackend } from './security.js';
import { type KeychainBackend, KeychainError, unavailable } from './types.js';

export { type KeychainBackend, KeychainError, type KeychainErrorCode } from './types.js';

export interface OpenOptions {
  readonly platform?: NodeJS.Platform;
  readonly env?: NodeJS.ProcessEnv;
  /** Instead of the platform's own, in order of preference. */
  readonly backends?: readonly KeychainBackend[];
}

/**
 * The keychain of this machine. Nothing is loaded or asked before the first use. Where no backend
 * answers, every operation fails with KEYCHAIN_UNAVAILABLE and nothing is written anywhere.
 */
export function openKeychain(options: OpenOptions = {}): Keychain {
  const platform = options.platform ?? process.platform;
  return new Keychain(options.backends ?? backendsOf(platform, options.env ?? process.env), platform);
}

/**
 * On Linux secret-tool comes before keytar: keytar cannot tell a locked keyring from a missing
 * entry. Both use the same entries.
 */
function backendsOf(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): KeychainBackend[] {
  switch (platform) {
    case 'linux':
      return [new SecretToolBackend(env), new KeytarBackend()];
    case 'darwin':
      return [new KeytarBackend(), new SecurityBackend(env)];
    default:
      return [new KeytarBackend()];
  }
}

export class Keychain implements KeychainBackend {
  readonly name = 'keychain';
  /** The backend that worked; it stays, so that reading and writing meet the same store. */
  private chosen: KeychainBackend | undefined;

  constructor(
    private readonly backends: readonly KeychainBackend[],
    private readonly platform: NodeJS.Platform,
  ) {}

  async available(): Promise<true | string> {
    const reasons: string[] = [];
    for (const backend of this.backends) {
      const answer = await backend.available();
      if (answer === true) return true;
      reasons.push(answer);
    }
    return this.nothing(reasons).message;
  }

  /** The secret without one final newline, or null. */
  async get(service: string, account: string): Promise<string | null> {
    check(service, account);
    const value = await this.use((backend) => backend.get(service, account));
    return value?.replace(/\n$/, '') ?? null;
  }

  async set(service: string, account: string, value: string): Promise<void> {
    check(service, account);
    if (value === '') throw new KeychainError('A keychain value cannot be empty.', 'KEYCHAIN_INVALID_ENTRY');
    if (value.includes('\0'))
      throw new KeychainError('A keychain value cannot contain a NUL character.', 'KEYCHAIN_INVALID_ENTRY');
    await this.use((backend) => backend.set(service, account, value));
  }

  async delete(service: string, account: string): Promise<void> {
    check(service, account);
    await this.use((backend) => backend.delete(service, account));
  }

  async list(service: string): Promise<string[]> {
    check(service, 'any');
    return this.use((backend) => backend.list(service));
  }

  /** Whether there is an entry. Backends that can tell without its secret are asked before others. */
  async has(service: string, account: string): Promise<boolean> {
    check(service, account);
    return this.use(
      async (backend) => backend.has?.(service, account) ?? (await backend.list(service)).includes(account),
      [...this.backends].sort((a, b) => Number(b.has !== undefined) - Number(a.has !== undefined)),
    );
  }

  private async use<T>(work: (backend: KeychainBackend) => Promise<T>, backends = this.backends): Promise<T> {
    if (this.chosen) return work(this.chosen);
    const reasons: string[] = [];
    for (const backend of backends) {
      try {
        const usable = await backend.available();
        if (usable !== true) throw unavailable(usable);
        const result = await work(backend);
        this.chosen = backend;
        return result;
      } catch (error) {
        if (!(error instanceof KeychainError) || error.code !== 'KEYCHAIN_UNAVAILABLE') throw error;
        reasons.push(error.message);
      }
    }
    throw this.nothing(reasons);
  }

  private nothing(reasons: readonly string[]): KeychainError {
    const supported = ['linux', 'darwin', 'win32'].includes(this.platform);
    const why = supported ? reasons : ['Keychain is supported on macOS and Linux only.', ...reasons];
    const sentences = why.map((text) => text.trim().replace(/\.?$/, '.'));
    return unavailable(`Keychain is not available on this machine: ${sentences.join(' ')}`);
  }
}

/** Entries every backend can hold under the same name. */
function check(service: string, account: string): void {
  for (const [what, text] of [
    ['service', service],
    ['account', account],
  ] as const) {
    if (text === '') throw new KeychainError(`A keychain ${what} cannot be empty.`, 'KEYCHAIN_INVALID_ENTRY');
    if (/[\u0000-\u001f\u007f]/.test(text))
      throw new KeychainError(`A keychain ${what} cannot contain control characters.`, 'KEYCHAIN_INVALID_ENTRY');
  }
}
