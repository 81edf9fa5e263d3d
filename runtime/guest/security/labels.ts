/** Label changes written in returns and guard actions (security.md 2). */

import type { Mark } from '../../shared/marks.js';
import { RuleError } from '../../shared/security/error.js';
import { type Modifier, relabel as relabelMark } from '../../shared/security/labels.js';
import { Box, plain } from '../box.js';
import type { Context } from '../context.js';
import { note } from '../document.js';
import { MlldError } from '../errors.js';
import { labelsChanged } from './audit.js';
import { trustConflict } from './policies.js';

/** The mark after a guard's modifiers. */
export function applyModifiers(
  mark: Mark,
  modifiers: readonly Modifier[],
  privileged: boolean,
  who: string,
  site: number,
): Mark {
  return change(mark, modifiers, privileged, { kind: 'guard', name: who.replace(/^Guard /, '') }, site);
}

/** `=> label value` in an executable: it may add labels; what takes trust away from others needs a guard. */
export function relabel(
  { activation }: Context,
  value: Box,
  modifiers: readonly Modifier[],
  site: number,
  variable?: string,
): Box {
  if (activation && modifiers.some(({ op, label }) => op === 'add' && label === 'untrusted'))
    activation.distrusted = true;
  const mark = change(value.deep, modifiers, false, { kind: 'exe', ...(variable && { variable }) }, site);
  return new Box(plain(value.value), mark, value.extra);
}

function change(
  mark: Mark,
  modifiers: readonly Modifier[],
  privileged: boolean,
  who: Parameters<typeof relabelMark>[3],
  site: number,
): Mark {
  try {
    const result = relabelMark(mark, modifiers, privileged, who, trustConflict());
    const by = who.kind === 'guard' ? `guard:${who.name}` : 'directive:label';
    const about = who.variable === undefined ? { by } : { var: `@${who.variable}`, by };
    const { labels } = result.mark;
    if (result.conflict) labelsChanged({ event: 'conflict', ...about });
    // Only privilege takes labels away, but for `trusted`, which everybody may.
    if (privileged && result.removed.length > 0)
      labelsChanged({ event: 'bless', ...about, add: result.added, remove: result.removed, labels });
    else if (result.added.length > 0) labelsChanged({ event: 'label', ...about, add: result.added, labels });
    if (result.warning) note(result.warning, mark, site);
    return result.mark;
  } catch (error) {
    if (error instanceof RuleError)
      throw new MlldError(error.kind, error.code, error.message, { site, details: error.info.details });
    throw error;
  }
}
