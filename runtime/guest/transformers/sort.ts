/** `@sort` (language.md 8.6). The order depends on every member, so the result has all marks. */

import { isObject, setKey } from '../box.js';
import { compactJson, textView } from '../values/display.js';
import { containerData, derived, type Transformer } from './transform.js';

export const sort: Transformer = (input) => {
  const data = containerData(input);
  if (Array.isArray(data)) return derived(input, byText(data, sortText));
  if (isObject(data)) return derived(input, sortedKeys(data));
  return derived(input, sortedLines(textView(input)));
};

/** Text order in code units; equal members keep their order. */
function byText<T>(members: readonly T[], text: (member: T) => string): T[] {
  const keyed = members.map((member) => ({ member, text: text(member) }));
  keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  return keyed.map(({ member }) => member);
}

function sortText(value: unknown): string {
  return typeof value === 'object' ? compactJson(value) : String(value);
}

function sortedKeys(data: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of byText(Object.keys(data), (name) => name)) setKey(result, key, data[key]);
  return result;
}

function sortedLines(text: string): string {
  const end = text.endsWith('\n') ? '\n' : '';
  const lines = (end ? text.slice(0, -1) : text).split('\n');
  return byText(lines, (line) => line).join('\n') + end;
}
