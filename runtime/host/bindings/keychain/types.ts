/** What every keychain offers: secrets under a service and an account. */
export interface KeychainBackend {
  readonly name: string;
  /** True, or why it cannot be used; never asks the user for anything. */
  available(): Promise<true | string>;
  /** The secret, or null when there is none. */
  get(service: string, account: string): Promise<string | null>;
  set(service: string, account: string, value: string): Promise<void>;
  /** Removes an entry; one that is not there is not an error. */
  delete(service: string, account: string): Promise<void>;
  /**
   * Whether there is an entry, asked without its secret and without anyone being prompted. Absent
   * where the keychain cannot be asked that.
   */
  has?(service: string, account: string): Promise<boolean>;
  /** Accounts of a service, sorted. */
  list(service: string): Promise<string[]>;
}

export type KeychainErrorCode = 'KEYCHAIN_UNAVAILABLE' | 'KEYCHAIN_LOCKED' | 'KEYCHAIN_INVALID_ENTRY';

/** A keychain that failed. No message ever contains a secret. */
export class KeychainError extends Error {
  override readonly name = 'KeychainError';
  constructor(
    message: string,
    readonly code: KeychainErrorCode,
  ) {
    super(message);
  }
}

/** The keychain is there but closed, and nobody opened it. */
export function locked(): KeychainError {
  return new KeychainError('Keychain is locked: unlock it and try again.', 'KEYCHAIN_LOCKED');
}

export function unavailable(reason: string): KeychainError {
  return new KeychainError(reason, 'KEYCHAIN_UNAVAILABLE');
}
