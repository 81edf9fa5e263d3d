import { setTimeout as delay } from 'node:timers/promises';
import { MAX_TIMER, type Services } from '../services.js';
import type { BindingsOf } from '../types.js';

/** `clock.now` (`@now`, language.md 12) and `clock.sleep` (pauses of `loop`, `while` and `parallel`). */
export function clockBindings(services: Services): BindingsOf<'clock'> {
  return {
    'clock.now': { run: () => ({ value: services.now().toISOString() }) },
    'clock.sleep': {
      run: ({ ms }) => delay(Math.min(ms, MAX_TIMER), { value: null }, { signal: services.closing }),
    },
  };
}
