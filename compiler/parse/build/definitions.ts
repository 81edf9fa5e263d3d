/** Builders of guards, imports and selectors. */
import type { AstSelector, ImportSource, Span, Template, TemplatePart, WithClause } from '../../../grammar/ast.js';
import { selectorItem } from '../../../runtime/shared/selectors.js';

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

export { selectorItem } from '../../../runtime/shared/selectors.js';

type SelectorItem = AstSelector['items'][number];

/** The name or type of an item that may contain variables: what it selects is known when they are. */
export function selectorName(parts: TemplatePart[]): Pick<SelectorItem, 'kind' | 'pattern' | 'parts'> {
  const text = parts.map((part) => (part.type === 'TemplateText' ? part.text : '')).join('');
  if (parts.every((part) => part.type === 'TemplateText')) return selectorItem(text);
  return { ...selectorItem(text), parts };
}

/** True for the title of a section with `!#` inside: what is left out stands behind a semicolon. */
export function namesExclusion(parts: TemplatePart[]): boolean {
  return parts.some((part) => part.type === 'TemplateText' && part.text.includes('!#'));
}

/** Content and names cannot be asked for at once. */
export function mixesSelectors(items: SelectorItem[]): boolean {
  const lists = items.filter((item) => item.kind === 'list').length;
  return lists > 0 && lists < items.length;
}
