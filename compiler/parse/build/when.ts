/** Checks of `when` lists (language.md 7.3, 13.2). */
import type { Span, WhenExpression } from '../../../grammar/ast.js';

/**
 * Where `none` stands in a list: after it only more `none`, and never after `*`.
 *
 * @returns the first problem, or null
 */
export function checkNone(entries: WhenExpression['entries']): { code: string; loc: Span } | null {
  let none: Span | null = null;
  let wildcard = false;
  for (const entry of entries) {
    if (entry.type !== 'WhenArm') continue;
    if (entry.test.kind === 'none') {
      if (wildcard) return { code: 'none-after-wildcard', loc: entry.loc };
      none = entry.loc;
    } else if (none) {
      return { code: 'none-last', loc: none };
    }
    if (entry.test.kind === 'any') wildcard = true;
  }
  return null;
}

/** True for `when COND => @x`: a reference that is not called does nothing as the action of a directive. */
export function isPlainReferenceAction(when: WhenExpression): boolean {
  if (!when.inline) return false;
  const arm = when.entries[0];
  if (arm?.type !== 'WhenArm' || arm.action.type !== 'ExpressionStatement') return false;
  const { value } = arm.action;
  return value.type === 'Reference' && !value.access.some((accessor) => accessor.kind === 'call');
}
