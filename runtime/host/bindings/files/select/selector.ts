/** Applies the items of a selector to the outline of a file (language.md 9.6). */

import { HostError } from '../../types.js';
import type { Definition, Outline } from './definitions.js';
import { type DefinitionType, TYPE_KEYWORDS } from './languages.js';

export interface SelectorItem {
  kind: string;
  pattern: string;
  usage?: boolean;
  optional?: boolean;
}

/**
 * True for a selector that lists names, false for one that selects code.
 * @throws HostError SELECTOR_MIXED when the items are of both kinds
 */
export function listsNames(items: readonly SelectorItem[]): boolean {
  const lists = items.filter((item) => item.kind === 'list').length;
  if (lists > 0 && lists < items.length)
    throw new HostError('Mlld', 'SELECTOR_MIXED', 'Cannot mix content selectors with name-list selectors');
  return lists > 0;
}

/** The names the items list: all in source order, those of one type by alphabet. */
export function selectNames(outline: Outline, items: readonly SelectorItem[]): string[] {
  const names = items.flatMap((item) => {
    const keyword = item.pattern.replace(/\?\?$/, '');
    if (keyword === '' || keyword === '*')
      return outline.definitions.filter((definition) => definition.outermost).map((definition) => definition.name);
    const types = typesOf(keyword);
    return outline.definitions
      .filter((definition) => types.includes(definition.type))
      .map((definition) => definition.name)
      .sort();
  });
  return [...new Set(names)];
}

/**
 * The definitions the items select, in the order of the items and then of the source; null for
 * an item that is not optional and selects nothing.
 */
export function selectCode(outline: Outline, items: readonly SelectorItem[]): (Definition | null)[] {
  const chosen = new Set<Definition>();
  const result: (Definition | null)[] = [];
  for (const item of items) {
    const found = item.usage ? usersOf(outline, item) : definitionsOf(outline, item);
    if (found.length === 0 && !item.optional) result.push(null);
    for (const definition of found) {
      if (!chosen.has(definition)) result.push(definition);
      chosen.add(definition);
    }
  }
  return result;
}

function definitionsOf(outline: Outline, item: SelectorItem): Definition[] {
  switch (item.kind) {
    case 'all':
      return outline.definitions.filter((definition) => definition.outermost);
    case 'type': {
      const types = typesOf(item.pattern.replace(/^\*/, ''));
      return outline.definitions.filter((definition) => types.includes(definition.type));
    }
    default: {
      const matches = namePattern(item.pattern);
      return outline.definitions.filter((definition) => matches(definition.name));
    }
  }
}

/** The innermost definitions around each use of what the item names; one that uses itself does not count. */
function usersOf(outline: Outline, item: SelectorItem): Definition[] {
  const matches = item.kind === 'name' ? namePattern(item.pattern) : setOf(definitionsOf(outline, item));
  const users = new Set<Definition>();
  for (const use of outline.uses) {
    if (!matches(use.name)) continue;
    const user = innermost(outline.definitions, use.at);
    if (user && user.name !== use.name) users.add(user);
  }
  return outline.definitions.filter((definition) => users.has(definition));
}

function setOf(definitions: readonly Definition[]): (name: string) => boolean {
  const names = new Set(definitions.map((definition) => definition.name));
  return (name) => names.has(name);
}

function innermost(definitions: readonly Definition[], at: number): Definition | undefined {
  let best: Definition | undefined;
  for (const definition of definitions) {
    if (
      definition.start <= at &&
      at < definition.end &&
      (!best || definition.end - definition.start < best.end - best.start)
    )
      best = definition;
  }
  return best;
}

function namePattern(pattern: string): (name: string) => boolean {
  if (!/[*?]/.test(pattern)) return (name) => name === pattern;
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (c) => (c === '*' ? '.*' : c === '?' ? '.' : `\\${c}`));
  const expression = new RegExp(`^${source}$`);
  return (name) => expression.test(name);
}

function typesOf(keyword: string): readonly DefinitionType[] {
  if (Object.hasOwn(TYPE_KEYWORDS, keyword)) return TYPE_KEYWORDS[keyword as keyof typeof TYPE_KEYWORDS];
  const known = Object.keys(TYPE_KEYWORDS).join(', ');
  throw new HostError(
    'Mlld',
    'SELECTOR_TYPE_UNKNOWN',
    `Unknown type '${keyword}' in a code selector. Known types: ${known}`,
  );
}
