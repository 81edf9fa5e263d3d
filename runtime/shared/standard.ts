/**
 * The standard library: modules that ship with the compiler, by names that no file and no URL has.
 * They are part of the language, so importing one reads nothing and marks nothing.
 */
const STANDARD = /^@mlld\/([A-Za-z0-9_-]+)$/;

/** The name of a standard module below `@mlld/`; null when the text does not name one. */
export function standardName(text: string): string | null {
  return STANDARD.exec(text)?.[1] ?? null;
}
