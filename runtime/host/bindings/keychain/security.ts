/**
 * The macOS Keychain through `security`. The secret goes in as a command on standard input, in
 * hexadecimal: as an argument every process of the machine could read it.
 */

import { KeychainProgram, type ProgramResult } from './program.js';
import { type KeychainBackend, KeychainError, locked, unavailable } from './types.js';

/** errSecItemNotFound, as an exit code. */
const NOT_FOUND = 44;

/** errSecInteractionNotAllowed, errSecAuthFailed and a dismissed prompt. */
const LOCKED = [36, 51, 128];

/** `security -i` reads commands into a buffer of 4096 bytes. */
const MAX_COMMAND = 4000;

export class SecurityBackend implements KeychainBackend {
  readonly name = 'security';
  private readonly program: KeychainProgram;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.program = new KeychainProgram('security', env);
  }

  async available(): Promise<true | string> {
    return this.program.installed() ? true : 'the security program of macOS is not there.';
  }

  async get(service: string, account: string): Promise<string | null> {
    const query = ['find-generic-password', '-s', service, '-a', account];
    const found = await this.program.run([...query, '-w']);
    if (found.code === NOT_FOUND) return null;
    if (found.code !== 0) throw complaint(found);
    const value = found.stdout.replace(/\n$/, '');
    // Secrets that are not plain text are shown in hexadecimal, and so is a secret that looks like it.
    return /^(?:[0-9a-f]{2})+$/.test(value) ? decode(value, await this.program.run([...query, '-g'])) : value;
  }

  async set(service: string, account: string, value: string): Promise<void> {
    const command = `add-generic-password -U -s ${quote(service)} -a ${quote(account)} -X ${Buffer.from(value).toString('hex')}\n`;
    if (Buffer.byteLength(command) > MAX_COMMAND)
      throw new KeychainError('The value is too long for the macOS keychain program.', 'KEYCHAIN_INVALID_ENTRY');
    const stored = await this.program.run(['-i'], { stdin: command });
    if (stored.code !== 0) throw complaint(stored);
    // In this mode the exit code does not tell whether the command worked.
    if ((await this.get(service, account)) !== value) throw complaint(stored);
  }

  async delete(service: string, account: string): Promise<void> {
    const removed = await this.program.run(['delete-generic-password', '-s', service, '-a', account]);
    if (removed.code !== 0 && removed.code !== NOT_FOUND) throw complaint(removed);
  }

  async has(service: string, account: string): Promise<boolean> {
    // Without -w and -g it shows attributes only, which needs no permission.
    const found = await this.program.run(['find-generic-password', '-s', service, '-a', account], {
      discardStdout: true,
    });
    if (found.code !== 0 && found.code !== NOT_FOUND) throw complaint(found);
    return found.code === 0;
  }

  async list(service: string): Promise<string[]> {
    const dump = await this.program.run(['dump-keychain']);
    if (dump.code !== 0) throw complaint(dump);
    const items = dump.stdout.split(/^keychain: /m).filter((item) => /^class: "genp"/m.test(item));
    return [
      ...new Set(
        items.filter((item) => attribute(item, 'svce') === service).flatMap((item) => attribute(item, 'acct') ?? []),
      ),
    ].sort();
  }
}

/** The secret from `password: 0x…` or `password: "…"`, which tell the two apart. */
function decode(shown: string, detail: ProgramResult): string {
  const hex = /^password: 0x([0-9A-Fa-f]+)/m.exec(detail.stderr);
  return hex ? Buffer.from(hex[1]!, 'hex').toString('utf8') : shown;
}

/** An attribute of an item in a dump: `"acct"<blob>="name"` or `"acct"<blob>=0x…  "…"`. */
function attribute(item: string, name: string): string | undefined {
  const match = new RegExp(`^\\s*"${name}"<blob>=(?:0x([0-9A-F]+)|"(.*)"$)`, 'm').exec(item);
  return match?.[1] !== undefined ? Buffer.from(match[1], 'hex').toString('utf8') : match?.[2];
}

/** A word for the command reader of `security -i`. */
function quote(word: string): string {
  return `"${word.replace(/["\\]/g, '\\$&')}"`;
}

function complaint(result: ProgramResult): Error {
  if (LOCKED.includes(result.code) || /interaction is not allowed|locked/i.test(result.stderr)) return locked();
  return unavailable(result.stderr || `security ended with exit code ${result.code}.`);
}
