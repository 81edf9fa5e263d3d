/** How far parallel loops are, for who watches the run on a terminal. */

import type { Mark } from '../shared/marks.js';
import { doorPost } from './door.js';
import { runState } from './state.js';

/** A loop reports about this often, whatever its length. */
const REPORTS = 200;

let loops = 0;

/**
 * Counts how many of `total` tasks have ended. What labels protect is not counted: the number of its
 * members is a part of it.
 * @param mark what decides how many there are
 */
export function counted(
  total: number,
  mark: Mark,
  site: number,
  task: (index: number) => Promise<void>,
): (index: number) => Promise<void> {
  if (!runState.progress || mark.labels.length > 0) return task;
  const loop = ++loops;
  const step = Math.ceil(total / REPORTS);
  let done = 0;
  const report = () => void doorPost('progress.report', { loop, done, total }, site).catch(() => {});
  report();
  return async (index) => {
    try {
      await task(index);
      done++;
    } catch (error) {
      done = total;
      throw error;
    } finally {
      if (done % step === 0 || done === total) report();
    }
  };
}
