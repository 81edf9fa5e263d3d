/** Data inside data: what others send may be nested deeper than anything that walks through it can follow. */

/** How deep messages of others may be nested; data of people and programs is nested a few dozen levels. */
export const MAX_NESTING = 1000;

/** True when arrays and objects stand in one another deeper than `levels`. Looks no deeper than that itself. */
export function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (nestsDeeperThan(value[key as keyof typeof value], levels - 1)) return true;
  return false;
}
