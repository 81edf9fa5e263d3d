/**
 * `env export` and `env import`: an environment as one JSON file with the contents of its files.
 * An archive holds no secrets and no links, and unpacking one writes only inside the new
 * environment.
 */

import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AGENTS } from './agents.js';
import { checkEnvironmentName } from './names.js';
import { EnvironmentError, type Report } from './report.js';
import { stage } from './staging.js';
import { type Environment, findEnvironment, MANIFEST, type Places, readManifest, storeFolder } from './store.js';
import { secretSettings, withoutSecretSettings } from './token.js';

const FORMAT = 'mlld-environment';
const VERSION = 1;
const MAX_FILES = 2000;
const MAX_BYTES = 100 * 1024 * 1024;

/** File names that never go into an archive or come out of one. */
const CREDENTIALS = new Set(Object.values(AGENTS).flatMap((agent) => agent.credentials));

interface ArchivedFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly sha256: string;
  /** Base64. */
  readonly content: string;
}

interface Archive {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly name: string;
  readonly files: readonly ArchivedFile[];
}

/**
 * Writes an environment to an archive file.
 * @throws EnvironmentError
 */
export function exportEnvironment(
  name: string | undefined,
  file: string | undefined,
  options: { readonly places: Places; readonly force?: boolean },
): Report {
  const environment = findEnvironment(name, options.places);
  const target = path.resolve(options.places.cwd, file ?? `${environment.name}.mlld-env.json`);
  if (existsSync(target) && !options.force)
    throw new EnvironmentError(`File already exists: ${target}`, ['Use --force to replace it.']);
  const err: string[] = [];
  const files = collect(environment, err);
  const archive: Archive = { format: FORMAT, version: VERSION, name: environment.name, files };
  try {
    writeFileSync(target, `${JSON.stringify(archive, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    rmSync(target, { force: true });
    throw new EnvironmentError(`Could not write ${target}: ${(error as Error).message}`);
  }
  return {
    exitCode: 0,
    out: [
      `✓ Exported environment: ${environment.name} (${files.length} files) to ${target}`,
      'Credentials are not part of the archive.',
    ],
    err,
  };
}

/**
 * Makes an environment from an archive file, whole or not at all.
 * @param name Under another name than the archive's.
 * @throws EnvironmentError
 */
export async function importEnvironment(
  file: string | undefined,
  options: { readonly places: Places; readonly name?: string; readonly global?: boolean; readonly force?: boolean },
): Promise<Report> {
  if (!file)
    throw new EnvironmentError('Archive file required', [
      'Usage: mlldc env import FILE [--name NAME] [--global] [--force]',
    ]);
  const archive = readArchive(path.resolve(options.places.cwd, file));
  const name = checkEnvironmentName(options.name ?? archive.name);
  const target = path.join(storeFolder(options.places, options.global ? 'global' : 'local'), name);
  const build = (folder: string) => {
    for (const entry of archive.files) {
      const to = path.join(folder, ...entry.path.split('/'));
      mkdirSync(path.dirname(to), { recursive: true });
      writeFileSync(to, Buffer.from(entry.content, 'base64'), { flag: 'wx', mode: 0o600 });
    }
    if (readManifest(folder)?.type !== 'environment')
      throw new EnvironmentError(`The archive has no ${MANIFEST} of an environment.`);
  };
  try {
    await stage(target, options.force ?? false, build, async () => async () => {});
  } catch (error) {
    throw error instanceof EnvironmentError
      ? error
      : new EnvironmentError((error as Error).message, [`Environment '${name}' was not created.`]);
  }
  return {
    exitCode: 0,
    out: [
      `✓ Imported environment: ${name} (${archive.files.length} files)`,
      `It runs with your rights when you spawn it; read ${path.join(target, readManifest(target)?.entry ?? '')} first.`,
    ],
    err: [],
  };
}

function collect(environment: Environment, warnings: string[]): ArchivedFile[] {
  const files: ArchivedFile[] = [];
  const walk = (folder: string, prefix: string) => {
    for (const name of readdirSync(folder).sort()) {
      const file = path.join(folder, name);
      const shown = prefix + name;
      const stats = lstatSync(file);
      if (CREDENTIALS.has(name)) warnings.push(`Warning: ${shown} was left out: it holds credentials`);
      else if (stats.isDirectory()) walk(file, `${shown}/`);
      else if (!stats.isFile()) warnings.push(`Warning: ${shown} was left out: it is not a file`);
      else files.push(pack(shown, cleaned(name, shown, readFileSync(file), warnings)));
      if (files.length > MAX_FILES) throw new EnvironmentError(`The environment has more than ${MAX_FILES} files.`);
    }
  };
  walk(environment.folder, '');
  return files;
}

function cleaned(name: string, shown: string, content: Buffer, warnings: string[]): Buffer {
  if (name !== 'settings.json') return content;
  const text = content.toString('utf8');
  const secrets = secretSettings(text);
  if (secrets.length === 0) return content;
  warnings.push(`Warning: left out of ${shown}: ${secrets.join(', ')}`);
  return Buffer.from(withoutSecretSettings(text));
}

function pack(shown: string, content: Buffer): ArchivedFile {
  return {
    path: shown,
    sha256: createHash('sha256').update(content).digest('hex'),
    content: content.toString('base64'),
  };
}

function readArchive(file: string): Archive {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new EnvironmentError(`Archive not found: ${file}`);
  }
  // Base64 is a third longer than what it holds.
  if (text.length > MAX_BYTES * 1.5) throw new EnvironmentError('The archive is too large.');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new EnvironmentError('The archive is not valid JSON.');
  }
  if (!isArchive(data)) throw new EnvironmentError('The file is not an environment archive.');
  if (data.files.length > MAX_FILES) throw new EnvironmentError(`The archive has more than ${MAX_FILES} files.`);
  const seen = new Set<string>();
  for (const entry of data.files) {
    checkPath(entry.path);
    // Some file systems do not tell these apart.
    const folded = entry.path.normalize('NFC').toLowerCase();
    if (seen.has(folded)) throw new EnvironmentError(`The archive has '${entry.path}' twice.`);
    seen.add(folded);
    if (pack(entry.path, Buffer.from(entry.content, 'base64')).sha256 !== entry.sha256)
      throw new EnvironmentError(`The archive is damaged: '${entry.path}' does not match its hash.`);
  }
  return data;
}

function checkPath(entry: string): void {
  const parts = entry.split('/');
  const unsafe =
    entry === '' ||
    /[\\:\u0000-\u001f]/.test(entry) ||
    parts.some((part) => part === '' || part === '.' || part === '..');
  if (unsafe) throw new EnvironmentError(`The archive has an unsafe path: ${JSON.stringify(entry)}`);
  if (CREDENTIALS.has(parts.at(-1)!.toLowerCase()))
    throw new EnvironmentError(`The archive has a credentials file: ${entry}`);
}

function isArchive(data: unknown): data is Archive {
  if (typeof data !== 'object' || data === null) return false;
  const { format, version, name, files } = data as Record<string, unknown>;
  const isFile = (entry: unknown) =>
    typeof entry === 'object' &&
    entry !== null &&
    ['path', 'sha256', 'content'].every((key) => typeof (entry as Record<string, unknown>)[key] === 'string');
  return (
    format === FORMAT && version === VERSION && typeof name === 'string' && Array.isArray(files) && files.every(isFile)
  );
}
