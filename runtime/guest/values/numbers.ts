/** Values as numbers. */

/** The number a string is the text of, or undefined: blank text is not zero. */
export function numeric(text: string): number | undefined {
  if (text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** The number arithmetic takes a value for: true is 1, null is 0, what is no number is NaN (language.md 2.7). */
export function toNumber(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      return numeric(value) ?? Number.NaN;
    default:
      return value === null ? 0 : Number.NaN;
  }
}
