/** Builders of guards, imports and selectors. */
import type { AstSelector, ImportSource, Span, Template, WithClause } from '../../../grammar/ast.js';

/** Sources that are written like variables (language.md 11.1). */
const BUILTIN = /^@(input|stdin|payload|state|now|time|keychain)$/i;

/** A quoted or bracketed source of an import: `"@input"` is the same as `@input`. */
export function importPath(path: Template, loc: Span): ImportSource {
  const only = path.parts.length === 1 ? path.parts[0] : undefined;
  const name = only?.type === 'TemplateReference' ? BUILTIN.exec(only.source)?.[1] : undefined;
  return name
    ? { kind: 'builtin', name: name.toLowerCase(), loc }
    : { kind: 'path', path: { ...path, quote: 'path' }, loc };
}

/** `with { privileged: true }`: true, null without it, and false for any other value. */
export function privilegeOf(clause: WithClause | null): boolean | null {
  const entry = clause?.entries.find(({ key }) => key === 'privileged');
  if (!entry) return null;
  return entry.value.type === 'Literal' && entry.value.value === true;
}

const TYPE_FILTER = /^\*(fn|function|class|var|interface|type|enum|struct|method)$/;

type SelectorItem = AstSelector['items'][number];

/** One item of `{ … }` in a file expression (language.md 9.6). */
export function selectorItem(text: string): Pick<SelectorItem, 'kind' | 'pattern'> {
  if (text === '*') return { kind: 'all', pattern: '*' };
  if (text.endsWith('??')) return { kind: 'list', pattern: text.slice(0, -2) };
  const type = TYPE_FILTER.exec(text);
  return type?.[1] ? { kind: 'type', pattern: type[1] } : { kind: 'name', pattern: text };
}

/** Content and names cannot be asked for at once. */
export function mixesSelectors(items: SelectorItem[]): boolean {
  const lists = items.filter((item) => item.kind === 'list').length;
  return lists > 0 && lists < items.length;
}
