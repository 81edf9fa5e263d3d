import type { Mark } from '../../shared/marks.js';

const LIMIT = 80;

/**
 * `text` as an error message may quote it: data with labels is not quoted at all, because messages
 * are printed and logged without its mark.
 */
export function quotable(text: string, mark: Mark): string {
  if (mark.labels.length > 0) return `<${mark.labels.join(', ')} value>`;
  return text.length > LIMIT ? `${text.slice(0, LIMIT)}…` : text;
}
