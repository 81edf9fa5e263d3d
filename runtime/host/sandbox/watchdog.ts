import { hasComputed, instant } from './cpu-clock.js';
import { CONTROL_BEAT } from './thread.js';

/** Time the engine's own interrupt gets before the thread is ended from outside. */
const GRACE_MS = 500;

/**
 * Calls `onExceeded` when one stretch of guest code runs longer than `limitMs` and some grace: then
 * it is inside a native loop that the engine's interrupt handler never sees.
 *
 * @returns a function that ends the watch
 */
export function watch(control: Int32Array, limitMs: number, onExceeded: () => void): () => void {
  if (!Number.isFinite(limitMs)) return () => {};
  let beat = 0;
  let since = instant();
  const look = () => {
    const seen = Atomics.load(control, CONTROL_BEAT);
    if (seen !== beat || seen % 2 === 0) {
      beat = seen;
      since = instant();
    } else if (hasComputed(limitMs + GRACE_MS, since)) {
      onExceeded();
    }
  };
  const timer = setInterval(look, Math.min(1000, Math.max(50, limitMs / 4)));
  return () => clearInterval(timer);
}
