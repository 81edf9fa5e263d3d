/**
 * The time guest code has computed: wall-clock time, but never more than the process had of the
 * processor. On a busy machine a thread waits for its turn, and waiting is not computing.
 */

import process from 'node:process';

export interface Instant {
  wall: number;
  cpu: number;
}

/** Milliseconds of processor time of the whole process. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export function instant(): Instant {
  return { wall: performance.now(), cpu: processorTime() };
}

export function computedSince({ wall, cpu }: Instant): number {
  return Math.min(performance.now() - wall, processorTime() - cpu);
}

/** The same question as `computedSince(…) > ms`, cheap as long as the answer is no. */
export function hasComputed(ms: number, since: Instant): boolean {
  return performance.now() - since.wall > ms && computedSince(since) > ms;
}
