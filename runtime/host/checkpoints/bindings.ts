/** `checkpoint.*`: the cache of llm calls as the program reaches it (security.md 12). */

import type { BindingsOf } from '../bindings/types.js';
import { argsPreview, callKey } from './key.js';
import type { CheckpointStore } from './store.js';
import type { CacheRecord, KeptResult } from './types.js';

export interface CacheOptions {
  /** The script's own answers. */
  store: CheckpointStore;
  /** Another script's, which are read and never written. */
  fork: CheckpointStore | null;
  /** Whether the user asked for kept answers: then no mode, age or condition stands in the way. */
  resume: boolean;
  /** `path#line:column` of a site of the program. */
  siteName: (site: number | undefined) => string;
  warn: (message: string) => void;
  now?: () => number;
}

type Pending = Omit<CacheRecord, 'resultSize' | 'ts' | 'durationMs'> & { started: number };

export function checkpointBindings(options: CacheOptions): BindingsOf<'checkpoint'> {
  const { store, warn } = options;
  const now = options.now ?? Date.now;
  const pending = new Map<number, Pending>();
  const ofFunction = new Counter();
  const ofKey = new Counter();
  // What a run completes counts for the next one.
  const states = { ...store.manifest.checkpointStates };
  let calls = 0;

  /** A kept answer that may be used now. */
  function find(
    key: string,
    request: { mode: string; ttl?: number; scope?: string; guards: string[] },
  ): KeptResult | null {
    const own = store.records.get(key);
    const fits = (record: CacheRecord | undefined): record is CacheRecord =>
      record !== undefined && request.guards.every((guard) => record.guards?.includes(guard));
    const isOpen =
      options.resume ||
      (request.mode === 'auto' &&
        (request.ttl === undefined || (own !== undefined && now() - Date.parse(own.ts) <= request.ttl)) &&
        (request.scope === undefined || states[request.scope]?.complete === true));
    if (isOpen && fits(own)) {
      const result = store.result(own);
      if (result) return result;
      warn(`The checkpoint of ${own.fn}(${own.argsPreview}) is damaged; the call is made again`);
    }
    const forked = options.fork?.records.get(key);
    return fits(forked) ? options.fork!.result(forked) : null;
  }

  return {
    'checkpoint.get': {
      run({ fn, args, guards, mode, again, ttl, scope, site }) {
        const { key, argsHash } = callKey(fn, args);
        const ticket = calls++;
        const call: Pending = {
          key,
          fn,
          argsHash,
          argsPreview: argsPreview(args),
          invocationSite: options.siteName(site),
          invocationIndex: ofFunction.next(fn),
          invocationOrdinal: ofKey.next(key) + 1,
          executionOrder: ticket,
          guards,
          started: now(),
        };
        if (mode === 'never' && !options.resume) return { value: { key, ticket: -1, hit: null } };
        const hit = again
          ? null
          : find(key, {
              mode,
              guards,
              ...(ttl === undefined ? {} : { ttl }),
              ...(scope === undefined ? {} : { scope }),
            });
        if (!hit) pending.set(ticket, call);
        return { value: { key, ticket, hit } };
      },
    },
    'checkpoint.put': {
      run({ ticket, value, extra, mark }) {
        const call = pending.get(ticket);
        pending.delete(ticket);
        if (!call) return { value: null };
        const { started, ...record } = call;
        const ended = now();
        quietly(warn, () =>
          store.put({ ...record, ts: new Date(ended).toISOString(), durationMs: ended - started }, {
            value,
            extra,
            mark,
          } as KeptResult),
        );
        return { value: null };
      },
    },
    'checkpoint.reach': {
      run({ name }) {
        store.manifest.namedCheckpoints[name] = calls;
        return { value: null };
      },
    },
    'checkpoint.complete': {
      run({ name, complete }) {
        store.manifest.checkpointStates[name] = { complete, ts: new Date(now()).toISOString() };
        return { value: null };
      },
    },
  };
}

/** Runs something that must not end the run: a cache that cannot be written only costs time. */
export function quietly(warn: (message: string) => void, write: () => void): void {
  try {
    write();
  } catch (error) {
    warn(`Checkpoint could not be written: ${(error as Error).message}`);
  }
}

class Counter {
  private readonly counts = new Map<string, number>();

  /** How often the name was counted before. */
  next(name: string): number {
    const count = this.counts.get(name) ?? 0;
    this.counts.set(name, count + 1);
    return count;
  }
}
