/** `for parallel` and what else runs side by side (language.md 7.5): starts, limits, and errors as data. */

import { join } from '../shared/marks.js';
import { batchOf, inBatches } from './batches.js';
import { type Box, box } from './box.js';
import type { Context } from './context.js';
import { control } from './control.js';
import { note } from './document.js';
import { runAsync, type Steps } from './dual.js';
import { isFinal, MlldError, markOf } from './errors.js';
import { resultOf } from './executable.js';
import { type IterationBody, itemsOf, iterated, Results, sleep } from './flow.js';
import { counted } from './progress.js';
import { isWatched, watched } from './security/watched.js';
import type { Outcome } from './signals.js';

export interface Parallel {
  limit: Box | null;
  /** Least time between two starts, in milliseconds. */
  delay: number;
}

/** Errors of the last parallel construct, as `@mx.errors` shows them. */
export const parallelErrors: Box[] = [];

export interface IterationError {
  index: number;
  key: string | number;
  message: string;
  error: string;
  value?: unknown;
}

/**
 * `for parallel(limit, delay)`: results in input order; a failed element becomes the error object of
 * language.md 7.5.
 */
export async function forParallel(
  context: Context,
  source: Box,
  body: IterationBody,
  parallel: Parallel,
  site: number,
): Promise<Box> {
  if (!isWatched('for')) return inParallel(context, source, body, parallel, false, site);
  const steps = watched(context, 'for', [source], site, function* (inner, [given]): Steps<Outcome> {
    return (yield inParallel(inner, given ?? source, body, parallel, true, site)) as Box;
  });
  return resultOf(await runAsync(steps));
}

async function inParallel(
  context: Context,
  source: Box,
  body: IterationBody,
  parallel: Parallel,
  watch: boolean,
  site: number,
): Promise<Box> {
  const items = itemsOf(source, site);
  const total = items.length;
  resetErrors();
  const outcomes: Outcome[] = new Array(total);
  const limit = limitOf(parallel, site);
  const perform = async (i: number): Promise<void> => {
    const { key, value } = items[i]!;
    try {
      const inner = context.iteration({ index: i, total, key, parallel: true });
      outcomes[i] = await (watch
        ? runAsync(iterated(inner, value, key, i, body, site, batchOf(i, total, limit)))
        : body(inner, value, key, i));
    } catch (error) {
      outcomes[i] = failure(error, 'for iteration', i, key, value, site);
    }
  };
  const run = counted(total, join(source.deep, control.mark), site, perform);
  if (!isWatched('for:batch')) await bounded(total, parallel, site, run);
  else
    await inBatches(context, items, outcomes, limit, site, async (from, count) => {
      if (parallel.delay > 0 && from > 0) await sleep(parallel.delay, site);
      await bounded(count, parallel, site, (i) => run(from + i));
    });
  const results = new Results(source.mark);
  for (const outcome of outcomes) results.add(outcome);
  return results.array();
}

export function resetErrors(): void {
  parallelErrors.length = 0;
}

/** The marker element of a failed branch; security refusals and bail are not swallowed by a loop. */
export function failure(
  error: unknown,
  what: string,
  index: number,
  key: string | number,
  value: Box | null,
  site: number,
): Box {
  // In strict flow an error is not turned into data: that there was none says something as well.
  if (!(error instanceof Error) || isFinal(error) || control.strict) throw error;
  const entry: IterationError = { index, key, message: error.message, error: error.message };
  if (value) entry.value = value.value;
  const marker = box(entry, markOf(error, value?.deep));
  parallelErrors.push(marker);
  note(`  ⚠ ${what} ${index} error: ${error.message}`, marker.mark, site);
  return marker;
}

const DEFAULT_PARALLEL = 4;
let defaultParallel = DEFAULT_PARALLEL;

/** `MLLD_PARALLEL_LIMIT`. */
export function setDefaultParallel(limit: number): void {
  defaultParallel = limit;
}

/** How many may run at once. */
function limitOf({ limit: given }: Parallel, site: number): number {
  const limit = given ? Number(given.value) : defaultParallel;
  if (Number.isFinite(limit) && limit >= 1) return Math.ceil(limit);
  throw new MlldError(
    'MlldDirective',
    'VALIDATION_FAILED',
    'Directive error (for): parallel expects a positive number.',
    { site },
  );
}

/** Runs `task(0…count-1)` with at most `limit` at once and at least `delay` ms between starts. */
export async function bounded(
  count: number,
  parallel: Parallel,
  site: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  const limit = limitOf(parallel, site);
  let next = 0;
  let gate: Promise<unknown> = Promise.resolve();
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      if (parallel.delay > 0 && index > 0) {
        gate = gate.then(() => sleep(parallel.delay, site));
        await gate;
      }
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
}
