/** Batches of `for parallel`: what a hook or guard on `op:for:batch` is asked about (security.md 4, 11). */

import { type Box, NULL } from './box.js';
import type { Context } from './context.js';
import { runAsync, type Steps } from './dual.js';
import { watched } from './security/watched.js';
import { type Outcome, Signal } from './signals.js';
import { type IterationItem, iterate } from './values/iterate.js';
import { makeArray } from './values/objects.js';

/** A batch, as the metadata of operations tells of it. */
export interface BatchPosition {
  batchIndex: number;
  batchSize: number;
}

/** Which batch an iteration belongs to. */
export function batchOf(index: number, total: number, limit: number): BatchPosition {
  const batchIndex = Math.floor(index / limit);
  return { batchIndex, batchSize: Math.min(limit, total - batchIndex * limit) };
}

/**
 * Runs the iterations batch after batch: as many as may run at once are one, so that there is a moment
 * before and after each.
 *
 * @param items the elements; a hook may put others in their place
 * @param outcomes what the iterations answered, by index; a hook may put something else in its place
 * @param run runs the iterations from an index on, as many as the batch has
 */
export async function inBatches(
  context: Context,
  items: IterationItem[],
  outcomes: Outcome[],
  limit: number,
  site: number,
  run: (from: number, count: number) => Promise<void>,
): Promise<void> {
  const total = items.length;
  for (let from = 0; from < total; from += limit) {
    const batch = batchOf(from, total, limit);
    const indexes = Array.from({ length: batch.batchSize }, (_, i) => from + i);
    const position = { index: from, total, key: items[from]!.key, parallel: true, ...batch };
    const given = makeArray(indexes.map((index) => items[index]!.value));
    let made: Box = given;
    const steps = function* (_inner: Context, [asked]: readonly (Box | undefined)[]): Steps<Outcome> {
      if (asked && asked !== given)
        replace(asked, indexes, (index, value) => (items[index] = { ...items[index]!, value }));
      yield run(from, batch.batchSize);
      made = makeArray(indexes.map((index) => elementOf(outcomes[index])));
      return made;
    };
    const answer = await runAsync(watched(context.iteration(position), 'for:batch', [given], site, steps, position));
    if (!(answer instanceof Signal) && answer && answer !== made)
      replace(answer, indexes, (index, value) => {
        // A control word stays what it is: it says whether there is an element.
        if (!(outcomes[index] instanceof Signal)) outcomes[index] = value;
      });
  }
}

/** What stands in the place of members, as far as there is something for each. */
function replace(list: Box, indexes: readonly number[], set: (index: number, value: Box) => void): void {
  if (!Array.isArray(list.value)) return;
  const values = iterate(list, 'for');
  if (values.length === indexes.length) indexes.forEach((index, i) => void set(index, values[i]!.value));
}

function elementOf(outcome: Outcome): Box {
  return (outcome instanceof Signal ? outcome.value : outcome) ?? NULL;
}
