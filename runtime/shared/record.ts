/**
 * Records whose keys come from scripts. They have no prototype, so a label or a policy key named
 * `__proto__` or `constructor` is a key like any other and never finds something inherited.
 */

/** An empty record without prototype. */
export function record<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

/** The record's own value for `key`, also when the record came out of `JSON.parse`. */
export function own<T>(source: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(source, key) ? source[key] : undefined;
}

/** True for a value with string keys that is not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The elements in first-seen order, without repetitions. */
export function distinct<T>(list: Iterable<T>): T[] {
  return [...new Set(list)];
}

/** The members of `a` that are also in `b`, in the order of `a`. */
export function intersect<T>(a: readonly T[], b: readonly T[]): T[] {
  return a.filter((member) => b.includes(member));
}
