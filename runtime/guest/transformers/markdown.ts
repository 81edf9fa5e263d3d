/** `@md`: Markdown made tidy (language.md 8.6, 10.4). */

import { prettyJson, textView } from '../values/display.js';
import { containerData, type Transformer, textTransformer } from './transform.js';

export const md: Transformer = textTransformer((input) => {
  const data = containerData(input);
  return data === undefined ? normalizeMarkdown(textView(input)) : prettyJson(data);
});

/**
 * The Markdown normaliser of language.md 10.4: no blanks at line ends, one blank line between
 * blocks, fences and tables untouched, one newline at the end.
 */
export function normalizeMarkdown(text: string): string {
  const output: string[] = [];
  let fence: string | null = null;
  for (const raw of text.split('\n')) {
    const opening = /^\s*(`{3,}|~{3,})/.exec(raw)?.[1] ?? null;
    if (fence !== null) {
      output.push(raw);
      if (opening?.startsWith(fence) && raw.trim() === opening) fence = null;
      continue;
    }
    const line = raw.trimEnd();
    const previous = output.at(-1);
    if (line === '' && (previous === undefined || previous === '')) continue;
    if (line !== '' && previous !== undefined && previous !== '' && needsGap(previous, line)) output.push('');
    output.push(line);
    fence = opening;
  }
  while (output.at(-1) === '') output.pop();
  return output.length === 0 ? '' : `${output.join('\n')}\n`;
}

const HEADING = /^#{1,6}(?:\s|$)/;

/** Whether two adjacent lines are blocks of their own. */
function needsGap(first: string, second: string): boolean {
  if (first.startsWith('|') && second.startsWith('|')) return false;
  if (HEADING.test(first) || HEADING.test(second)) return true;
  return !/[{[]$/.test(first) && !/^[\s\-#}\]]/.test(second);
}
