/** Questions about all inputs of an operation: `@input.any.text.includes("x")` (security.md 3.3). */

import type { Accessor, Reference } from '../../grammar/ast.js';

const QUANTIFIERS: ReadonlySet<string> = new Set(['any', 'all', 'none']);

export interface Question {
  /** What of the inputs is asked about: `any.mx.labels`. */
  readonly path: string;
  /** The accessor with the arguments of `includes`. */
  readonly call: Extract<Accessor, { kind: 'call' }>;
  readonly rest: readonly Accessor[];
}

/**
 * The question a reference to `@input` begins with, or null. Guards put it at every call; asked in one
 * step it needs none of the views between, which nobody else sees.
 */
export function questionOf({ access }: Reference): Question | null {
  const end = access.findIndex(({ kind }) => kind !== 'field');
  const call = access[end];
  const names = access.slice(0, Math.max(end, 0)).map((accessor) => (accessor.kind === 'field' ? accessor.name : ''));
  if (call?.kind !== 'call' || names.length < 3 || !QUANTIFIERS.has(names[0]!) || names.at(-1) !== 'includes')
    return null;
  return { path: names.slice(0, -1).join('.'), call, rest: access.slice(end + 1) };
}
