/**
 * Values the runtime answers field by field: guard inputs, arguments by name. Scripts read them like
 * objects; nothing of them is data until it is read.
 */

import type { Box } from './box.js';

/** What marks them: no key of data is a symbol. */
export const NATIVE = Symbol('native');

export interface NativeValue {
  readonly [NATIVE]: true;
  /** Plain data, for display. */
  readonly isView: true;
  toJSON(): unknown;
  /** A field, or undefined when there is none. */
  get(name: string): Box | undefined;
  /** A member by a computed name, where that differs from a field. */
  at?(name: string): Box;
  /** A method call, or undefined when there is no such method. */
  call?(name: string, args: readonly Box[]): Box | undefined;
  /** `includes` of what lies behind the fields of a path, where it answers that itself. */
  includes?(path: string, args: readonly Box[]): Box | undefined;
}

/** Says of a class that its instances are such values; said once, as they are made at every decision. */
export function native(prototype: NativeValue): void {
  Object.assign(prototype, { [NATIVE]: true, isView: true });
}

export function isNative(value: unknown): value is NativeValue {
  return typeof value === 'object' && value !== null && (value as Partial<NativeValue>)[NATIVE] === true;
}
