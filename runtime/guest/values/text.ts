/** Helpers on bare text whose time is linear whatever the text is. */

/** The text without the newlines at its end. */
export function withoutTrailingNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x0a) end--;
  return end === text.length ? text : text.slice(0, end);
}
