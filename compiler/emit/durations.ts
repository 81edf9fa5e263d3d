/** Durations as scripts write them: `500ms`, `1s`, `2m`, `1h`, `1d`, `1w`; a bare number is seconds. */

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of a duration; null or unreadable text is 0. */
export function milliseconds(text: string | null): number {
  const match = text === null ? null : /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?\s*$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] ?? 's']! : 0;
}
