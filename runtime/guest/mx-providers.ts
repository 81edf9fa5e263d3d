/** Fields of `@mx` that parts of the runtime supply (`policy`, `profile`, `hooks`, `tools` …). */

import type { Box } from './box.js';
import type { Context } from './context.js';

const providers = new Map<string, (context: Context) => Box>();

export function provideMx(name: string, provider: (context: Context) => Box): void {
  providers.set(name, provider);
}

/** A supplied field, or undefined when nobody supplies it. */
export function providedMx(name: string, context: Context): Box | undefined {
  return providers.get(name)?.(context);
}
