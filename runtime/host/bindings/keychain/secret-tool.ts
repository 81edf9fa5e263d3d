/**
 * The Secret Service (GNOME Keyring, KWallet) through libsecret's `secret-tool`, with the
 * attributes `service` and `account`, which keytar uses too.
 */

import { KeychainProgram, type ProgramResult } from './program.js';
import { type KeychainBackend, KeychainError, locked, unavailable } from './types.js';

/** Without this attribute keytar does not find an entry. */
const SCHEMA = ['xdg:schema', 'org.freedesktop.Secret.Generic'];

/** What secret-tool reads from its standard input. */
const MAX_VALUE = 8192;

export class SecretToolBackend implements KeychainBackend {
  readonly name = 'secret-tool';
  private readonly program: KeychainProgram;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.program = new KeychainProgram('secret-tool', env);
  }

  async available(): Promise<true | string> {
    if (!this.program.installed()) return 'Keychain on Linux requires secret-tool (libsecret).';
    const { stderr } = await this.search('mlldc-probe');
    return /^secret-tool: /m.test(stderr) ? stderr : true;
  }

  async get(service: string, account: string): Promise<string | null> {
    const found = await this.program.run(['lookup', ...attributes(service, account)]);
    if (found.code === 0) return found.stdout;
    await this.explain(found, service, account);
    return null;
  }

  async set(service: string, account: string, value: string): Promise<void> {
    // It cuts longer values off and calls that a success.
    if (Buffer.byteLength(value) > MAX_VALUE)
      throw new KeychainError(`A keychain value cannot be longer than ${MAX_VALUE} bytes.`, 'KEYCHAIN_INVALID_ENTRY');
    const store = async () => {
      const stored = await this.program.run(
        ['store', `--label=${service}/${account}`, ...attributes(service, account), ...SCHEMA],
        { stdin: value },
      );
      if (stored.code !== 0) throw complaint(stored);
    };
    await store();
    // An entry written without the schema is another entry to the service, and may be found first.
    if ((await this.get(service, account)) === value) return;
    await this.delete(service, account);
    await store();
    if ((await this.get(service, account)) !== value)
      throw unavailable('the keychain did not keep the value as it was.');
  }

  async delete(service: string, account: string): Promise<void> {
    const cleared = await this.program.run(['clear', ...attributes(service, account)]);
    if (cleared.code !== 0) await this.explain(cleared, service, account);
  }

  async list(service: string): Promise<string[]> {
    const found = await this.search(service);
    if (found.code !== 0 && found.stderr !== '') throw complaint(found);
    if (isLocked(found)) throw locked();
    // Attributes come on stderr.
    const accounts = found.stderr.split('\n').flatMap((line) => /^attribute\.account = (.*)$/.exec(line)?.[1] ?? []);
    return [...new Set(accounts)].sort();
  }

  async has(service: string, account: string): Promise<boolean> {
    const found = await this.search(service, account);
    // It complains of the secret of an entry it has found in a locked keyring.
    if (isLocked(found)) return true;
    if (/^secret-tool: /m.test(found.stderr)) throw complaint(found);
    return found.stderr !== '';
  }

  /**
   * What a failure without a word means: `lookup` and `clear` say the same of an entry that is
   * not there and of one in a locked keyring, but `search` shows the latter.
   */
  private async explain(result: ProgramResult, service: string, account: string): Promise<void> {
    if (result.stderr !== '') throw complaint(result);
    const found = await this.search(service, account);
    if (isLocked(found)) throw locked();
  }

  /** What is found is told on stderr; standard output has the secrets themselves. Nobody is asked to unlock. */
  private search(service: string, account?: string): Promise<ProgramResult> {
    return this.program.run(['search', '--all', ...attributes(service, account)], { discardStdout: true });
  }
}

function attributes(service: string, account?: string): string[] {
  const pairs = ['service', service, ...(account === undefined ? [] : ['account', account])];
  // A value that looks like an option must not be read as one.
  return pairs.some((word) => word.startsWith('-')) ? ['--', ...pairs] : pairs;
}

function isLocked(found: ProgramResult): boolean {
  return /locked object/i.test(found.stderr);
}

function complaint(result: ProgramResult): Error {
  if (/locked/i.test(result.stderr)) return locked();
  return unavailable(
    result.stderr.replace(/^secret-tool: /gm, '') || `secret-tool ended with exit code ${result.code}.`,
  );
}
