/**
 * fetch: modules of the network (language.md 11.8). Every text is kept by its hash, so that a script
 * that ran once runs offline; `mlld-lock.json` says which hash a module must have.
 */

import { type RemoteFailure, type RemoteModule, type RemoteRequest, requestId } from '../resolve/remote.js';
import { type CacheEntry, ModuleCache } from './cache.js';
import { type Download, DownloadError, download } from './download.js';
import { digestOf, hashOf } from './hash.js';
import { type LockEntry, LockFile } from './lock-file.js';

/** Answers requests, by `requestId`, side by side. */
export async function fetchModules(
  requests: readonly RemoteRequest[],
  root: string,
): Promise<Map<string, RemoteModule | RemoteFailure>> {
  return new ModuleFetcher(LockFile.read(root)).fetchAll(requests);
}

/** A module's text and what is known about it. */
interface Found extends Download {
  version: string | null;
  /** The digest its source says it has. */
  digest: string | null;
}

export class ModuleFetcher {
  /** What the lock file would say about the modules that were fetched. */
  readonly entries = new Map<string, LockEntry>();

  private readonly cache: ModuleCache;
  private readonly update: boolean;

  /** @param options `update` asks every source anew, whatever the cache and the lock file have */
  constructor(
    private readonly lock: LockFile,
    { cache = new ModuleCache(), update = false }: { cache?: ModuleCache; update?: boolean } = {},
  ) {
    this.cache = cache;
    this.update = update;
  }

  async fetchAll(requests: readonly RemoteRequest[]): Promise<Map<string, RemoteModule | RemoteFailure>> {
    return new Map(
      await Promise.all(requests.map(async (request) => [requestId(request), await this.fetch(request)] as const)),
    );
  }

  /** The module from the cache or from where it is; or the message that says why there is none. */
  async fetch(request: RemoteRequest): Promise<RemoteModule | RemoteFailure> {
    try {
      return await this.answer(request);
    } catch (error) {
      if (error instanceof Refusal) return error.failure;
      if (!(error instanceof DownloadError)) throw error;
      const params = { name: requestId(request), cause: error.message };
      return { code: request.source.kind === 'registry' ? 'module_unresolved' : 'import_unreachable', params };
    }
  }

  private async answer(request: RemoteRequest): Promise<RemoteModule> {
    const id = requestId(request);
    const locked = await this.locked(request);
    const known = this.cached(id, locked);
    const isFresh =
      known !== null &&
      !this.update &&
      request.maxAge > 0 &&
      (locked !== null || Date.now() - known.fetchedAt < request.maxAge);
    if (isFresh) return this.use(request, known, false);
    try {
      const found = await this.load(request, locked);
      const digest = this.check(request, found, locked ? digestOf(locked.integrity) : found.digest);
      this.cache.store(id, found.text, {
        url: found.url,
        contentType: found.contentType,
        version: found.version,
        hash: digest,
        fetchedAt: Date.now(),
      });
      return this.use(request, found, false);
    } catch (error) {
      const mayBeOld =
        !this.update && request.maxAge > 0 && error instanceof DownloadError && error.kind === 'unreachable';
      if (mayBeOld && known !== null) return this.use(request, known, true);
      throw error;
    }
  }

  /** A copy of the module; of the very content the lock file asks for, if it does. */
  private cached(id: string, locked: LockEntry | null): (CacheEntry & { text: string }) | null {
    const named = this.cache.find(id);
    const hash = locked ? digestOf(locked.integrity)! : named?.hash;
    const text = hash === undefined ? null : this.cache.text(hash);
    if (hash === undefined || text === null) return null;
    const about =
      named?.hash === hash
        ? named
        : { url: locked!.sourceUrl, contentType: '', version: locked!.version, fetchedAt: 0 };
    return { ...about, hash, text };
  }

  private async load({ key, source, headers }: RemoteRequest, locked: LockEntry | null): Promise<Found> {
    const isPinned = locked !== null;
    if (source.kind === 'url')
      return { ...(await firstOf(source.urls, { headers, isPinned })), version: null, digest: null };
    if (locked) return { ...(await download(locked.sourceUrl, { isPinned })), version: locked.version, digest: null };
    const { lookUp } = await import('./registry.js');
    const { url, version, integrity } = await lookUp(source.registry, key, source.range);
    return {
      ...(await download(url)),
      version,
      digest: integrity === null ? null : (digestOf(integrity) ?? integrity),
    };
  }

  /** The lock file's entry, when it allows the version the import asks for. */
  private async locked({ key, source }: RemoteRequest): Promise<LockEntry | null> {
    const entry = this.update ? null : this.lock.get(key);
    if (!entry || source.kind !== 'registry' || source.range === null) return entry;
    const { allows } = await import('./registry.js');
    if (allows(source.range, entry.version)) return entry;
    throw new Refusal('lock_version', {
      name: key,
      range: source.range,
      version: entry.version ?? 'a copy without a version',
    });
  }

  /** Content is used only when it is what the lock file, or else the registry, says. */
  private check(request: RemoteRequest, { text, url }: Found, expected: string | null): string {
    const digest = hashOf(text);
    if (expected === null || digest === expected) return digest;
    throw new Refusal('import_integrity', { name: requestId(request), url, expected, actual: digest });
  }

  private use(
    request: RemoteRequest,
    { url, text, contentType, version }: Omit<Found, 'digest'>,
    stale: boolean,
  ): RemoteModule {
    if (request.maxAge === 0) return { url, text, contentType, stale };
    const resolved = hashOf(text);
    const source = request.source.kind;
    const registryVersion = source === 'registry' ? version : null;
    this.entries.set(request.key, {
      version,
      resolved,
      source,
      sourceUrl: url,
      integrity: `sha256:${resolved}`,
      fetchedAt: new Date().toISOString(),
      registryVersion,
    });
    return { url, text, contentType, stale };
  }
}

/** The first address that has anything. */
async function firstOf(urls: readonly string[], options: Parameters<typeof download>[1]): Promise<Download> {
  for (const url of urls.slice(0, -1)) {
    try {
      return await download(url, options);
    } catch (error) {
      if (!(error instanceof DownloadError) || error.kind !== 'missing') throw error;
    }
  }
  return download(urls.at(-1)!, options);
}

/** What was found must not be used. */
class Refusal extends Error {
  readonly failure: RemoteFailure;

  constructor(code: string, params: Record<string, string>) {
    super(code);
    this.failure = { code, params };
  }
}
