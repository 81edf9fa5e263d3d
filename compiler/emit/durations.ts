import type { Delay } from '../../grammar/ast.js';
import { type Code, js } from './code.js';
import type { Emitter } from './emitter.js';

/** Durations as scripts write them: `500ms`, `1s`, `2m`, `1h`, `1d`, `1w`; a bare number is seconds. */

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Code of a delay in milliseconds; a variable is read when the program runs. */
export function delayCode(delay: Delay | null, e: Emitter): Code {
  if (delay === null || typeof delay === 'string') return String(milliseconds(delay));
  return js`${e.rt('durationOf')}(${e.expr(delay)}, ${e.site(delay.loc)})`;
}

/** Milliseconds of a duration; null or unreadable text is 0. */
export function milliseconds(text: string | null): number {
  const match = text === null ? null : /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?\s*$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] ?? 's']! : 0;
}
