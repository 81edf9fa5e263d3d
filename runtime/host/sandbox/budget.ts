/**
 * The clock of `cpuMs`: it runs while guest code runs, stands still while the thread waits, and
 * starts anew whenever the guest has talked to the host. The main thread watches the same clock
 * through shared memory, because the engine's interrupt handler is not called inside native loops.
 */

import { computedSince, hasComputed, type Instant, instant } from './cpu-clock.js';
import { CONTROL_BEAT } from './thread.js';

export class Budget {
  private used = 0;
  private since: Instant = { wall: 0, cpu: 0 };
  private running = false;

  constructor(
    private readonly limitMs: number,
    private readonly control: Int32Array,
  ) {}

  /** Guest code is about to run. */
  enter(): void {
    this.since = instant();
    this.running = true;
    this.beat();
  }

  /** Guest code has returned, or is about to wait. */
  leave(): void {
    if (!this.running) return;
    this.used += computedSince(this.since);
    this.running = false;
    this.beat();
  }

  /** The guest has talked to the host. */
  reset(): void {
    this.used = 0;
    this.since = instant();
    this.beat();
  }

  get exceeded(): boolean {
    return this.running && hasComputed(this.limitMs - this.used, this.since);
  }

  /** An odd beat means that guest code is running; see `watch` in watchdog.ts. */
  private beat(): void {
    const next = (Atomics.load(this.control, CONTROL_BEAT) + 2) & ~1;
    Atomics.store(this.control, CONTROL_BEAT, this.running ? next | 1 : next);
  }
}
