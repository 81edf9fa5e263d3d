/**
 * Boxes: every value of a compiled program is one. A box pairs plain data with the mark that says
 * what it is and where it came from; `extra` holds what language.md 2.4 calls metadata.
 *
 * A container whose members share the box's mark is raw data; only a container that mixes marks
 * has boxes as members. Read members through `memberOf`, never directly.
 */

import type { FileInfo } from '../shared/file-info.js';
import { EMPTY, join, type Mark } from '../shared/marks.js';
import { counts, PROPAGATION } from '../shared/propagation.js';

/** Metadata of loaded content, from a file or a page (language.md 9.4). */
export interface LoadInfo extends FileInfo {
  url?: string;
  domain?: string;
  status?: number;
  title?: string;
  description?: string;
  /** The source of a page that was converted to Markdown. */
  html?: string;
  /** Parsed frontmatter, or null. */
  fm?: unknown;
}

/** `texts` and `values` alternate, beginning and ending with text. */
export interface OpenTemplate {
  texts: readonly string[];
  values: readonly Box[];
  /** For each value, the variable that may take its place. */
  names: readonly (string | null)[];
}

export interface Extra {
  /** The text view, where it is not the plain rendering of the data (file text, command output). */
  text?: string;
  /** The string a container was read from; what code and condensed pipes take for its text. */
  raw?: string;
  /** The internal kind answered by `.mx.type`, where it is not the type of the data. */
  type?: string;
  file?: LoadInfo;
  /** The text view is the members' text views joined by a blank line (globs, `as` templates). */
  joined?: true;
  /** A null that mlld code produced prints as the word (language.md 7.3). */
  nullWord?: true;
  /** Where the value came from, for rules that depend on it: `exe`, `cmd`, `sh`, `js` … */
  origin?: string;
  /** A command that ended with a non-zero status: false as a `when` condition (language.md 2.5). */
  failed?: true;
  /** The pieces of an imported template, with names for the values that are still placeholders. */
  open?: OpenTemplate;
  /** The view `.mx.data`, where `mx` is a key like any other (language.md 2.4). */
  dataView?: true;
  /** `.keep`: code receives the wrapper instead of the bare data. */
  keep?: true;
}

export class Box {
  constructor(
    /** Plain data, or a container of boxes when its members' marks differ. */
    readonly value: unknown,
    readonly mark: Mark,
    readonly extra: Extra | null = null,
    /** The join of the box's mark and of everything inside; computed once, when it is built. */
    readonly deep: Mark = mark,
  ) {}
}

export const NULL = new Box(null, EMPTY);
export const UNDEFINED = new Box(undefined, EMPTY);
export const TRUE = new Box(true, EMPTY);
export const FALSE = new Box(false, EMPTY);

/** A box around `value`; unmarked booleans and null are shared. */
export function box(value: unknown, mark: Mark = EMPTY, extra: Extra | null = null): Box {
  if (mark === EMPTY && extra === null) {
    if (value === null) return NULL;
    if (value === undefined) return UNDEFINED;
    if (value === true) return TRUE;
    if (value === false) return FALSE;
  }
  return new Box(value, mark, extra);
}

/** The same value under the join of its mark and `mark`. */
export function marked(value: Box, mark: Mark): Box {
  if (mark === EMPTY || mark === value.mark) return value;
  const joined = join(value.mark, mark);
  return joined === value.mark ? value : new Box(value.value, joined, value.extra, join(value.deep, mark));
}

/** The same value under a mark that has all of its own, in another order or with more. */
export function under(value: Box, mark: Mark): Box {
  return mark === value.mark ? value : new Box(value.value, mark, value.extra, join(mark, value.deep));
}

/** A member of a container, boxed: its own mark if it has one, joined with what the container adds. */
export function memberUnder(mark: Mark, member: unknown): Box {
  return member instanceof Box ? marked(member, mark) : box(member, mark);
}

/** The same under the mark of the container it is in. */
export const memberOf = counts(PROPAGATION.field, 'container')
  ? (container: Box, member: unknown): Box => memberUnder(container.mark, member)
  : (_container: Box, member: unknown): Box => memberUnder(EMPTY, member);

export function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

/** A plain object: not null, not an array, not a box, not an executable or another class. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Sets an own property whatever its name; `__proto__` is a key like any other. */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

/** The data without any boxes, sharing what has none. One pass: linear in the size of the data. */
export function plain(value: unknown): unknown {
  if (value instanceof Box) return plain(value.value);
  if (Array.isArray(value)) return mapElements(value, plain);
  return isObject(value) ? mapValues(value, plain) : value;
}

/** The array with every element that is an object replaced by what `map` answers; itself when nothing changed. */
export function mapElements(list: readonly unknown[], map: (member: object) => unknown): unknown {
  let copy: unknown[] | null = null;
  for (let i = 0; i < list.length; i++) {
    const raw = list[i];
    const isScalar = typeof raw !== 'object' || raw === null;
    const member = isScalar ? raw : map(raw);
    if (copy) copy.push(member);
    else if (!isScalar && member !== raw) {
      copy = list.slice(0, i);
      copy.push(member);
    }
  }
  return copy ?? list;
}

/** The same for the members of a plain object. */
export function mapValues(members: Record<string, unknown>, map: (member: object) => unknown): unknown {
  const keys = Object.keys(members);
  let copy: Record<string, unknown> | null = null;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const raw = members[key];
    const isScalar = typeof raw !== 'object' || raw === null;
    const member = isScalar ? raw : map(raw);
    if (!copy && !isScalar && member !== raw) {
      copy = {};
      for (let j = 0; j < i; j++) setKey(copy, keys[j]!, members[keys[j]!]);
    }
    if (copy) setKey(copy, key, member);
  }
  return copy ?? members;
}
