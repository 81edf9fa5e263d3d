/** Where environments live: one directory each, with a module.yml (seed.md D14, D15). */

import { readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { checkEnvironmentName } from './names.js';
import { EnvironmentError } from './report.js';

/** Keychain service of environments; the account is the environment's name. */
export const ENVIRONMENT_SERVICE = 'mlld-env';

/** Below the project root and below the home directory. */
const STORE = path.join('.mlld', 'env');

export const MANIFEST = 'module.yml';

export const DEFAULT_ENTRY = 'index.mld';

export interface Places {
  /** Project root. */
  readonly cwd: string;
  readonly home: string;
}

export interface Manifest {
  readonly name: string;
  readonly type: string;
  readonly about: string;
  readonly version: string;
  readonly entry: string;
}

export interface Environment {
  /** The directory's name: the one commands take. */
  readonly name: string;
  readonly scope: 'local' | 'global';
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The usual places: this directory and the user's home. */
export function currentPlaces(): Places {
  return { cwd: process.cwd(), home: process.env.HOME ?? homedir() };
}

export function storeFolder(places: Places, scope: Environment['scope']): string {
  return path.join(scope === 'local' ? places.cwd : places.home, STORE);
}

/** The manifest of a module directory, or null when it has none that can be read. */
export function readManifest(folder: string): Manifest | null {
  let data: unknown;
  try {
    data = parse(readFileSync(path.join(folder, MANIFEST), 'utf8'), { maxAliasCount: 0 });
  } catch {
    return null;
  }
  if (typeof data !== 'object' || data === null) return null;
  const text = (key: string, missing: string) => {
    const value = (data as Record<string, unknown>)[key];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : missing;
  };
  return {
    name: text('name', path.basename(folder)),
    type: text('type', ''),
    about: text('about', ''),
    version: text('version', ''),
    entry: text('entry', DEFAULT_ENTRY),
  };
}

/** Writes what makes a directory an environment (seed.md D29). */
export function writeManifest(folder: string, name: string, about: string): void {
  const manifest = { name, type: 'environment', about, version: '1.0.0', entry: DEFAULT_ENTRY };
  writeFileSync(path.join(folder, MANIFEST), stringify(manifest));
}

/** Environments of one store, sorted by name; what is not one is passed over (seed.md D18). */
export function environmentsIn(places: Places, scope: Environment['scope']): Environment[] {
  const store = storeFolder(places, scope);
  return entries(store).flatMap((name) => {
    const folder = path.join(store, name);
    const manifest = isFolder(folder) ? readManifest(folder) : null;
    return manifest?.type === 'environment' ? [{ name, scope, folder, manifest }] : [];
  });
}

/**
 * Finds an environment by the name of its directory, local before global; a module of another
 * type does not hide one (seed.md D34).
 * @throws EnvironmentError
 */
export function findEnvironment(name: string | undefined, places: Places): Environment {
  const checked = checkEnvironmentName(name);
  const others: string[] = [];
  for (const scope of ['local', 'global'] as const) {
    const folder = path.join(storeFolder(places, scope), checked);
    const manifest = isFolder(folder) ? readManifest(folder) : null;
    if (manifest?.type === 'environment') return { name: checked, scope, folder, manifest };
    if (manifest) others.push(`- ${folder} (type: ${printable(manifest.type) || 'none'})`);
  }
  if (others.length > 0) throw new EnvironmentError(`Module '${checked}' is not an environment module.`, others);
  throw new EnvironmentError(`Environment '${checked}' not found`, [
    "Run 'mlldc env list' to see the environments there are.",
    `Run 'mlldc env capture ${checked}' to make one from your Claude configuration.`,
  ]);
}

/**
 * The file an environment starts with. It lies inside the environment.
 * @throws EnvironmentError
 */
export function entryFile(environment: Environment): string {
  const file = path.resolve(environment.folder, environment.manifest.entry);
  let real: string;
  try {
    real = realpathSync(file);
    if (!statSync(real).isFile()) throw new Error('not a file');
  } catch {
    throw new EnvironmentError(`Environment entry not found: ${file}`);
  }
  if (!real.startsWith(realpathSync(environment.folder) + path.sep))
    throw new EnvironmentError(`Environment entry is outside of the environment: ${file}`);
  return file;
}

/** Text from a manifest, safe to print on one line. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch {
    return [];
  }
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
