/** `env capture NAME`: an environment from an agent's configuration (seed.md D22 to D32). */

import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { KeychainBackend } from '../bindings/keychain/types.js';
import { type Agent, AGENTS, entrySource } from './agents.js';
import { checkEnvironmentName } from './names.js';
import { EnvironmentError, type Report } from './report.js';
import { stage } from './staging.js';
import { DEFAULT_ENTRY, ENVIRONMENT_SERVICE, MANIFEST, type Places, storeFolder } from './store.js';
import { findToken, secretSettings } from './token.js';

export interface CaptureOptions {
  readonly places: Places;
  readonly keychain: KeychainBackend;
  /** Into the home directory's store instead of the project's. */
  readonly global?: boolean;
  /** From the project's own configuration (`./.claude`) instead of the user's. */
  readonly local?: boolean;
  readonly agent?: keyof typeof AGENTS;
  /** Replaces an environment of that name. */
  readonly force?: boolean;
}

/** Bounds on what is copied: a configuration, not a disk. */
const MAX_FILES = 2000;
const MAX_BYTES = 50 * 1024 * 1024;

/**
 * Captures an environment: whole, or nothing changes, neither on disk nor in the keychain.
 * @throws EnvironmentError
 */
export async function captureEnvironment(name: string | undefined, options: CaptureOptions): Promise<Report> {
  const checked = checkEnvironmentName(name);
  const { places, keychain } = options;
  const agent = AGENTS[options.agent ?? 'claude'];
  const source = path.join(options.local ? places.cwd : places.home, agent.folder);
  if (!statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
    throw new EnvironmentError(`${agent.title} config not found at ${options.local ? '.' : '~'}/${agent.folder}/`);
  }
  const target = path.join(storeFolder(places, options.global ? 'global' : 'local'), checked);
  const out: string[] = [];
  const { token, warnings } = findToken(source, agent);
  const err = [...warnings];
  const copier = new Copier(source, agent, token, err);

  const build = (folder: string) => {
    copier.copyAll(path.join(folder, agent.folder));
    const manifest = { name: checked, type: 'environment', about: `Environment captured from ~/${agent.folder}`, version: '1.0.0', entry: DEFAULT_ENTRY };
    writeFileSync(path.join(folder, MANIFEST), stringify(manifest));
    writeFileSync(path.join(folder, DEFAULT_ENTRY), entrySource(checked, agent, ENVIRONMENT_SERVICE));
  };
  const commit = async () => {
    if (token === null) return async () => {};
    const before = await keychain.get(ENVIRONMENT_SERVICE, checked);
    await keychain.set(ENVIRONMENT_SERVICE, checked, token);
    return () => (before === null ? keychain.delete(ENVIRONMENT_SERVICE, checked) : keychain.set(ENVIRONMENT_SERVICE, checked, before));
  };
  try {
    await stage(target, options.force ?? false, build, commit);
  } catch (error) {
    throw error instanceof EnvironmentError ? error : new EnvironmentError((error as Error).message, [`Environment '${checked}' was not created.`]);
  }
  if (token !== null) out.push('✓ Token stored in keychain');
  out.push(...copier.copied.map((file) => `✓ Copied ${file}`), `✓ Created ${MANIFEST}`, `✓ Created ${DEFAULT_ENTRY}`, '', `✓ Created environment: ${checked}`, '', 'Usage:');
  out.push(`  mlldc env spawn ${checked} -- "PROMPT"`, `  mlldc env shell ${checked}`);
  return { exitCode: 0, out, err };
}

/** Copies configuration files, and nothing that is or holds the token. */
class Copier {
  readonly copied: string[] = [];
  private files = 0;
  private bytes = 0;
  private readonly root: string;
  /** Device and inode of the credential files, so that neither kind of link leads to them. */
  private readonly forbidden: ReadonlySet<string>;

  constructor(
    private readonly source: string,
    private readonly agent: Agent,
    private readonly token: string | null,
    private readonly warnings: string[],
  ) {
    this.root = realpathSync(source);
    this.forbidden = new Set(agent.credentials.flatMap((name) => identity(path.join(source, name)) ?? []));
  }

  copyAll(target: string): void {
    for (const name of this.agent.copies) {
      const before = this.files;
      this.copy(name, path.join(this.source, name), path.join(target, name));
      if (this.files > before) this.copied.push(name);
    }
  }

  private copy(shown: string, from: string, to: string): void {
    if (!existsSync(from)) return;
    const real = realpathSync(from);
    if (this.agent.credentials.includes(path.basename(real)) || this.forbidden.has(identity(real) ?? '')) return this.skip(shown, 'it leads to the credentials');
    const stats = statSync(real);
    if (stats.isDirectory()) {
      // It could lead anywhere, also round in circles.
      if (lstatSync(from).isSymbolicLink()) return this.skip(shown, 'it is a link to a directory');
      for (const entry of readdirSync(from)) this.copy(`${shown}/${entry}`, path.join(from, entry), path.join(to, entry));
      return;
    }
    if (!stats.isFile()) return this.skip(shown, 'it is not a file');
    // A file linked from elsewhere (dotfiles in a repository) is configuration; deeper down it could be anything.
    if (shown.includes('/') && !real.startsWith(this.root + path.sep)) return this.skip(shown, 'it is a link to a file elsewhere');
    this.copyFile(shown, real, to, stats.size);
  }

  private copyFile(shown: string, real: string, to: string, size: number): void {
    this.files++;
    this.bytes += size;
    if (this.files > MAX_FILES || this.bytes > MAX_BYTES) throw new EnvironmentError(`The configuration in ${this.source} is too large to capture.`);
    const content = readFileSync(real);
    if (this.token !== null && content.includes(this.token)) {
      this.files--;
      return this.skip(shown, 'it contains the token');
    }
    if (shown === 'settings.json') {
      const names = secretSettings(content.toString('utf8'));
      if (names.length > 0) this.warnings.push(`Warning: settings.json sets variables that look like credentials: ${names.join(', ')}`);
    }
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, content, { mode: 0o600 });
  }

  private skip(shown: string, why: string): void {
    this.warnings.push(`Warning: ${shown} was not copied: ${why}`);
  }
}

function identity(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
