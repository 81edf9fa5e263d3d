/** `@csv`: tables as comma-separated values (language.md 8.6, RFC 4180). */

import { isObject } from '../box.js';
import { compactJson, textView } from '../values/display.js';
import { containerData, type Transformer, textTransformer } from './transform.js';

export const csv: Transformer = textTransformer((input) => {
  const data = containerData(input);
  if (data !== undefined) return tableOf(data);
  const text = textView(input);
  return markdownTable(text) ?? quoted(text);
});

/** Objects share one header of all their keys; arrays get a header of indices. */
function tableOf(data: object): string {
  const rows = Array.isArray(data) ? (data as unknown[]) : [data];
  if (rows.length > 0 && rows.every(isObject)) return objectRows(rows);
  if (rows.length > 0 && rows.every(Array.isArray)) {
    const width = rows.reduce((widest, row) => Math.max(widest, row.length), 0);
    return lines([Array.from({ length: width }, (_, i) => i), ...rows]);
  }
  return lines(rows.map((value) => [value]));
}

function objectRows(rows: readonly Record<string, unknown>[]): string {
  const header = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return lines([header, ...rows.map((row) => header.map((key) => (Object.hasOwn(row, key) ? row[key] : null)))]);
}

function lines(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => row.map(cell).join(',')).join('\n');
}

function cell(value: unknown): string {
  const text =
    value === null || value === undefined ? '' : typeof value === 'object' ? compactJson(value) : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** The first Markdown table of a text, or undefined. */
function markdownTable(text: string): string | undefined {
  const all = text.split('\n');
  const separator = all.findIndex((line, i) => i > 0 && isSeparator(line) && all[i - 1]!.includes('|'));
  if (separator < 0) return undefined;
  const rows = [cells(all[separator - 1]!)];
  for (let i = separator + 1; i < all.length && all[i]!.includes('|'); i++) rows.push(cells(all[i]!));
  return lines(rows);
}

/** The row of dashes under a table's header. */
function isSeparator(line: string): boolean {
  return line.includes('|') && cells(line).every((text) => /^:?-+:?$/.test(text));
}

/** The cells of a table row; `\|` is a bar inside a cell. */
function cells(row: string): string[] {
  const inner = row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((text) => text.trim().replaceAll('\\|', '|'));
}
