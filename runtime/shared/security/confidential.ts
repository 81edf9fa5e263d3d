import type { Mark } from '../marks.js';

/** What is shown instead of a value nobody may read. */
export const REDACTED = '[REDACTED]';

/**
 * The message of a failure that was given confidential data: what it said is not searched for the
 * data, since a gap where it stood would tell what it is.
 */
export const WITHHELD = `${REDACTED} What failed was given secret data, which its message may quote.`;

/** True when the value must not appear in error texts, previews, logs or the audit ledger. */
export function isConfidential(mark: Mark): boolean {
  if (mark.taint.length === 0) return false;
  let answer = answers.get(mark);
  if (answer === undefined) {
    answer = mark.taint.some((label) => /^(?:secret|sensitive)(?::|$)/.test(label));
    answers.set(mark, answer);
  }
  return answer;
}

/** Marks are interned: what is said of one is said of all values that carry it. */
const answers = new WeakMap<Mark, boolean>();

/**
 * A function that blanks every occurrence of the given secret values in a text, longest first, so
 * that a secret that contains another is blanked as a whole. One-character values are left: they
 * are no secret any more, and blanking them would destroy every text.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const list = [...new Set(secrets)].filter((secret) => secret.trim().length > 1).sort((a, b) => b.length - a.length);
  if (list.length === 0) return (text) => text;
  return (text) => list.reduce((result, secret) => result.split(secret).join(REDACTED), text);
}
