/** What kinds of values there are (language.md 2.1), and how to tell them from data that looks alike. */

import { type Box, isObject } from '../box.js';

/** What the value library needs to know of an executable. */
export interface ExecutableLike {
  readonly isExecutable: true;
  readonly name: string;
  readonly params: readonly string[];
  /** What interpolating the executable itself prints (language.md 2.3). */
  readonly templateText?: string | undefined;
}

/** What the value library needs to know of a module namespace. */
export interface NamespaceLike {
  readonly isNamespace: true;
  readonly exports: ReadonlyMap<string, Box>;
  /** Parsed frontmatter; null or undefined when the module has none. */
  readonly frontmatter: unknown;
}

/** An object of the runtime that scripts see as a plain object: its data is computed when asked for. */
export interface ViewLike {
  readonly isView: true;
  toJSON(): Record<string, unknown>;
}

export type Kind = 'null' | 'string' | 'number' | 'boolean' | 'array' | 'object' | 'executable';

/**
 * True for instances of a class of the runtime. Data never is one, whatever keys it has: a JSON
 * object with the key `isExecutable` stays data.
 */
function isInstance(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isObject(value);
}

export function isExecutable(value: unknown): value is ExecutableLike {
  return isInstance(value) && value.isExecutable === true;
}

export function isNamespace(value: unknown): value is NamespaceLike {
  return isInstance(value) && value.isNamespace === true;
}

export function isView(value: unknown): value is ViewLike & Record<string, unknown> {
  return isInstance(value) && value.isView === true;
}

/** Arrays, plain objects, namespaces and views: everything that has members. */
export function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isExecutable(value) && !(value instanceof RegExp);
}

/** The kind of a bare value, in the words of language.md 2.1; undefined counts as null. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value as Kind;
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'array';
      return isExecutable(value) ? 'executable' : 'object';
    default:
      return 'null';
  }
}

/** What `@typeof` answers (language.md 12). */
export function typeName(b: Box): string {
  return kindOf(b.value);
}

/** What `@typeInfo` answers: the kind and size, and where the value came from (language.md 12). */
export function typeInfo(b: Box): string {
  const { value } = b;
  let size = '';
  if (Array.isArray(value)) size = ` (${value.length} ${value.length === 1 ? 'item' : 'items'})`;
  else if (isObject(value)) {
    const count = Object.keys(value).length;
    size = ` (${count} ${count === 1 ? 'property' : 'properties'})`;
  }
  return `${kindOf(value)}${size} [from ${b.extra?.file ? b.extra.file.relative : `/${b.extra?.origin ?? 'var'}`}]`;
}
