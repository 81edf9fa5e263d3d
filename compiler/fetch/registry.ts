/** Looking a module up in a registry: a directory of JSON files (language.md 11.8). */

import semver from 'semver';
import { isRecord } from '../../runtime/shared/record.js';
import { DownloadError, download } from './download.js';

/** Where a version of a module is. */
export interface Published {
  url: string;
  version: string | null;
  /** The hash of its text, when the registry tells. */
  integrity: string | null;
}

/** The part of an entry that is used; everything in it was written by others. */
interface Entry {
  version?: unknown;
  availableVersions?: unknown;
  tags?: unknown;
  source?: unknown;
}

/**
 * @param range a version, a range, a tag such as `beta`, or null for the latest
 * @throws DownloadError whose message is the cause
 */
export async function lookUp(registry: string, name: string, range: string | null): Promise<Published> {
  const modules = await json(`${registry}/modules.json`);
  const entry = member(member(modules, 'modules'), name) as Entry | undefined;
  if (!isRecord(entry)) throw missing(`the registry has no module ${name}`);
  const latest = text(entry.version);
  const version = choose(entry, latest, range, name);
  const published = version === latest ? entry : await json(`${registry}/modules/${name.slice(1)}/${version}.json`);
  return { version, ...sourceOf(member(published, 'source'), name) };
}

/** Whether an import that asks for `range` may get `version`; a tag is decided by the registry alone. */
export function allows(range: string, version: string | null): boolean {
  return semver.validRange(range) === null || (version !== null && semver.satisfies(version, range));
}

function choose(entry: Entry, latest: string | null, range: string | null, name: string): string | null {
  if (range === null || range === 'latest') return latest;
  const tagged = text(member(entry.tags, range));
  if (tagged !== null) return tagged;
  const listed = Array.isArray(entry.availableVersions)
    ? entry.availableVersions.filter((v) => semver.valid(v as string) !== null)
    : [];
  const versions = [...new Set(latest === null ? listed : [...listed, latest])] as string[];
  const found = semver.validRange(range) === null ? null : semver.maxSatisfying(versions, range);
  if (found !== null) return found;
  throw missing(`no version of ${name} matches ${range}; there are ${versions.join(', ') || 'none'}`);
}

function sourceOf(source: unknown, name: string): { url: string; integrity: string | null } {
  if (text(member(source, 'type')) === 'directory') {
    const base = text(member(source, 'baseUrl'));
    const entryPoint = text(member(source, 'entryPoint'));
    // The hash of a directory is that of all its files; the lock file has one of each.
    if (base !== null && entryPoint !== null)
      return { url: checked(`${base.replace(/\/+$/, '')}/${entryPoint}`, name), integrity: null };
  }
  const hash = member(source, 'contentHash') ?? null;
  // A hash that cannot be read is none that anything agrees with; it is not the same as none.
  return {
    url: checked(text(member(source, 'url')) ?? '', name),
    integrity: hash === null ? null : (text(hash) ?? 'unreadable'),
  };
}

function checked(url: string, name: string): string {
  if (URL.canParse(url)) return url;
  throw missing(`the registry does not say where ${name} is`);
}

async function json(url: string): Promise<unknown> {
  const { text: body } = await download(url);
  try {
    return JSON.parse(body);
  } catch {
    throw new DownloadError(`${url} is not valid JSON`, 'missing');
  }
}

function missing(message: string): DownloadError {
  return new DownloadError(message, 'missing');
}

function member(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
