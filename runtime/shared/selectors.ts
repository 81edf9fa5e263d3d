/** Items of code selectors, `<file.ts { … }>` (language.md 9.6): what a text in the braces asks for. */

/** Words for kinds of definitions: `*fn`, `class??`. */
export const SELECTOR_TYPES = ['fn', 'var', 'class', 'interface', 'type', 'enum', 'struct', 'trait', 'module'] as const;

export interface SelectorPattern {
  /** A name pattern, all of a type, a listing of names, or everything. */
  kind: 'name' | 'type' | 'list' | 'all';
  /** The name pattern, or the word for the type; empty for the listing of everything. */
  pattern: string;
}

const TYPE_FILTER = new RegExp(`^\\*(${SELECTOR_TYPES.join('|')})$`);

export function selectorItem(text: string): SelectorPattern {
  if (text === '*') return { kind: 'all', pattern: '*' };
  if (text.endsWith('??')) return { kind: 'list', pattern: text.slice(0, -2) };
  const type = TYPE_FILTER.exec(text)?.[1];
  return type === undefined ? { kind: 'name', pattern: text } : { kind: 'type', pattern: type };
}
