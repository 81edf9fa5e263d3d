/** The signatures of a project: of variables, of files, and who makes them (security.md 10.3). */

import { join } from 'node:path';
import { realPath } from '../bindings/files/target.js';
import { FileSignatures } from './files.js';
import { signerIdentity } from './identity.js';
import { writeJournal } from './journal.js';
import { SigningKeys } from './keys.js';
import type { SignatureSetup } from './setup.js';
import { VariableSignatures } from './variables.js';

export { SignatureError } from './error.js';
export type { FileJudgement } from './files.js';
export { SigningKeys } from './keys.js';
export type { Verification } from './variables.js';

export interface SignaturesOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told once when something cannot be signed or put on record. */
  readonly warn: (message: string) => void;
  readonly now?: () => Date;
}

export class Signatures {
  readonly variables: VariableSignatures;
  readonly files: FileSignatures;
  readonly keys: SigningKeys;
  readonly identity: () => string;

  /** @param given the project root; nothing is read or made before it is needed */
  constructor(given: string, { environment, warn, now = () => new Date() }: SignaturesOptions) {
    const root = realPath(given);
    this.keys = new SigningKeys(environment.HOME);
    let known: string | undefined;
    this.identity = () => (known ??= signerIdentity(root, environment));
    let warned = false;
    const warnOnce = (message: string): void => {
      if (!warned) warn(message);
      warned = true;
    };
    const setup: SignatureSetup = {
      root,
      keys: this.keys,
      identity: this.identity,
      now,
      warn: warnOnce,
      journal(entry) {
        try {
          writeJournal(join(root, '.sig', 'audit.jsonl'), entry, now());
        } catch (error) {
          warnOnce(`Signature journal write failed: ${(error as Error).message}`);
        }
      },
    };
    this.variables = new VariableSignatures(setup);
    this.files = new FileSignatures(setup);
  }
}
