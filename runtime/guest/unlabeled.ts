/**
 * `defaults.unlabeled` (security.md 5.2): what comes from somewhere and carries no label of its own
 * gets this one where it comes in, so that it keeps it among data that is labelled. Plain literals
 * come from nowhere; what is imported is judged by where it was read.
 */

import { type Mark, withLabels } from '../shared/marks.js';
import { isUnlabeled } from '../shared/policy/labels.js';

let fallback: 'trusted' | 'untrusted' | null = null;

/** What the policies in force say, all together. */
export function labelUnlabeled(label: typeof fallback): void {
  fallback = label;
}

/** The mark of something that came in, or was answered by an executable. */
export function incoming(mark: Mark): Mark {
  return fallback !== null && isUnlabeled(mark) ? withLabels(mark, [fallback]) : mark;
}
