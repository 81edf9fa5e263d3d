import type { Mark } from '../../shared/marks.js';
import { Box, memberUnder } from '../box.js';
import { MlldError } from '../errors.js';
import { isNamespace, kindOf } from './kinds.js';
import { keep } from './metadata.js';
import { membersOf } from './objects.js';
import { quotable } from './quote.js';

export interface IterationItem {
  /** The index as text, or the key. */
  key: string;
  value: Box;
}

/**
 * What `for` and `foreach` run over: arrays and globs by index; for `for` also objects by key and
 * namespaces by export, `__meta__` last (language.md 7.4, 7.6).
 *
 * @param mark what the elements get of the mark of what they are in
 * @throws MlldError VALIDATION_FAILED for anything else
 */
export function iterate(b: Box, what: 'for' | 'foreach', mark = b.mark): IterationItem[] {
  const { value } = b;
  if (Array.isArray(value)) return arrayItems(b, value, mark);
  if (what === 'foreach') {
    throw new MlldError(
      'MlldDirective',
      'VALIDATION_FAILED',
      `Argument 1 to foreach must be an array, got ${kindOf(value)}`,
    );
  }
  const members = membersOf(b, mark);
  if (members === null) throw mismatch(b);
  if (isNamespace(value) && value.frontmatter !== null && value.frontmatter !== undefined)
    members.push(['__meta__', new Box(value.frontmatter, mark)]);
  return members.map(([key, member]) => ({ key, value: member }));
}

function arrayItems(b: Box, value: readonly unknown[], mark: Mark): IterationItem[] {
  const items: IterationItem[] = new Array(value.length);
  const kept = b.extra?.keep;
  for (let i = 0; i < value.length; i++) {
    const member = memberUnder(mark, value[i]);
    items[i] = { key: String(i), value: kept ? keep(member) : member };
  }
  return items;
}

function mismatch(b: Box): MlldError {
  const type = b.value === undefined ? 'undefined' : b.value === null ? 'object' : kindOf(b.value);
  const preview = kindOf(b.value) === 'executable' ? '' : ` (${quotable(String(b.value), b.deep)})`;
  return new MlldError(
    'MlldDirective',
    'VALIDATION_FAILED',
    `Directive error (for): Type mismatch: for expects an array. Received: ${type}${preview}`,
  );
}
