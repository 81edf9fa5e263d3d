import type { JournalEntry } from './journal.js';
import type { SigningKeys } from './keys.js';

/** What all signatures of a project share. */
export interface SignatureSetup {
  /** Absolute. */
  readonly root: string;
  readonly keys: SigningKeys;
  /** Who signs, `user:<name>`. @throws SignatureError */
  readonly identity: () => string;
  readonly journal: (entry: JournalEntry) => void;
  /** Tells the user of what keeps a file from being signed, once. */
  readonly warn: (message: string) => void;
  readonly now: () => Date;
}
