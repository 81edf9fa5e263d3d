/**
 * Any platform's keychain through keytar, a native package that is used where the user has installed
 * it: installing it takes a compiler or a download from elsewhere than the registry.
 */

import { createRequire } from 'node:module';
import { LocalProvider } from '../../isolation/local.js';
import { runPlan } from '../../isolation/run.js';
import { UNRESTRICTED } from '../../isolation/types.js';
import { type KeychainBackend, locked, unavailable } from './types.js';

/** The part of keytar that is used. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

const NAME = 'keytar';
const LIST_MS = 30_000;

/** Lists accounts in a process of its own: in a locked Linux keyring `findCredentials` crashes. */
const LIST = `require(process.argv[1]).findCredentials(process.argv[2]).then(
  (found) => process.stdout.write(JSON.stringify(found.map(({ account }) => account))),
  (error) => { process.stderr.write(error.message); process.exitCode = 1; });`;

export class KeytarBackend implements KeychainBackend {
  readonly name = NAME;
  private loaded: Keytar | undefined;
  private readonly require = createRequire(import.meta.url);

  /** @param module Where keytar is; found like any other package when absent. */
  constructor(private readonly module: string = NAME) {}

  async available(): Promise<true | string> {
    try {
      this.keytar();
      return true;
    } catch (error) {
      return (error as Error).message;
    }
  }

  async get(service: string, account: string): Promise<string | null> {
    return this.use((keytar) => keytar.getPassword(service, account));
  }

  async set(service: string, account: string, value: string): Promise<void> {
    await this.use((keytar) => keytar.setPassword(service, account, value));
  }

  async delete(service: string, account: string): Promise<void> {
    await this.use((keytar) => keytar.deletePassword(service, account));
  }

  async list(service: string): Promise<string[]> {
    this.keytar();
    const file = this.require.resolve(this.module);
    const env = Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const plan = await new LocalProvider().wrap(
      { argv: [process.execPath, '-e', LIST, file, service], cwd: '/', env },
      { ...UNRESTRICTED, limits: { timeMs: LIST_MS } },
    );
    const result = await runPlan(plan);
    if (result.exitCode !== 0) throw result.signal === null ? complaint(result.stderr.toString()) : locked();
    return [...new Set(JSON.parse(result.stdout.toString()) as string[])].sort();
  }

  private async use<T>(work: (keytar: Keytar) => Promise<T>): Promise<T> {
    const keytar = this.keytar();
    try {
      return await work(keytar);
    } catch (error) {
      throw complaint((error as Error).message);
    }
  }

  private keytar(): Keytar {
    try {
      this.loaded ??= this.require(this.module) as Keytar;
      return this.loaded;
    } catch (error) {
      const missing = (error as { code?: unknown }).code === 'MODULE_NOT_FOUND' && !this.isInstalled();
      throw unavailable(missing ? 'keytar is not installed.' : 'keytar is installed but does not load.');
    }
  }

  /** Its native part may be what is not found. */
  private isInstalled(): boolean {
    try {
      return this.require.resolve(this.module) !== '';
    } catch {
      return false;
    }
  }
}

function complaint(message: string): Error {
  return /locked|user canceled|interaction is not allowed/i.test(message) ? locked() : unavailable(message);
}
