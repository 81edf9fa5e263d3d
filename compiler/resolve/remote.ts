/**
 * Modules that come over the network (language.md 11.1, 11.8). Resolving only names them, as requests;
 * `compiler/fetch` answers those before the next attempt. A program without any never loads it.
 */

import { standardName } from '../../runtime/shared/standard.js';

/** One module to be had: what it is called, and where it may be. */
export interface RemoteRequest {
  /** The name in the lock file and in the cache: a URL, or `@author/module` without its version. */
  key: string;
  source: { kind: 'url'; urls: readonly string[] } | { kind: 'registry'; registry: string; range: string | null };
  /** Sent to the first address's origin only. */
  headers: Readonly<Record<string, string>>;
  /** Milliseconds a copy may be old: 0 asks every time, Infinity never again. */
  maxAge: number;
}

export interface RemoteModule {
  /** Where the text really came from; relative imports inside start here. */
  url: string;
  text: string;
  contentType: string;
  /** True when the source could not be reached and an older copy had to do. */
  stale: boolean;
}

/** Why a module cannot be had: a message of the catalogue. */
export interface RemoteFailure {
  code: string;
  params: Record<string, string>;
}

/** What fetching has answered so far, by `requestId`. */
export type RemoteModules = ReadonlyMap<string, RemoteModule | RemoteFailure>;

/** One module in two versions is two requests. */
export function requestId({ key, source }: RemoteRequest): string {
  return source.kind === 'registry' && source.range !== null ? `${key}@${source.range}` : key;
}

export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** True for modules without a place on this machine: those of the network and of the standard library. */
export function isPlaceless(location: string): boolean {
  return isUrl(location) || standardName(location) !== null;
}

const HOUR = 3_600_000;

/** How long a copy is good when the script does not say: `cached` without a time, and plain URLs. */
const DEFAULT_MAX_AGE = HOUR;

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR };

/** The age an import type allows; null when its time cannot be read. */
export function maxAgeOf(importType: { name: string; ttl: string | null } | null): number | null {
  switch (importType?.name) {
    case 'live':
      return 0;
    case 'static':
      return Number.POSITIVE_INFINITY;
    case 'cached':
      return importType.ttl === null ? DEFAULT_MAX_AGE : timeToLive(importType.ttl);
    default:
      return DEFAULT_MAX_AGE;
  }
}

/** `30s`, `5m`, `1h`, `7d`; a bare number counts seconds. */
function timeToLive(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] ?? 's']! : null;
}

/** The public registry. */
export const REGISTRY = 'https://raw.githubusercontent.com/mlld-lang/registry/main';
