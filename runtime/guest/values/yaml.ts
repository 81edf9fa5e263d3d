/** Values as block-style YAML, for `output … as yaml` (language.md 10.5). */

import { isObject } from '../box.js';
import { jsonData } from './display.js';

/** Text YAML reads back as the same string without quotes. */
const PLAIN = /^[A-Za-z_/][\w ./@()+-]*$/;
const WORD_VALUE = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

/** YAML of a value: `a: 1`, lists indented under their key, no newline at the end. */
export function toYaml(value: unknown): string {
  const data = jsonData(value);
  return isEmptyOrScalar(data) ? scalar(data) : block(data, '').join('\n');
}

function isEmptyOrScalar(data: unknown): boolean {
  if (Array.isArray(data)) return data.length === 0;
  return !isObject(data) || Object.keys(data).length === 0;
}

function block(data: unknown, indent: string): string[] {
  if (Array.isArray(data)) return data.flatMap((member) => item(member, indent));
  const members = data as Record<string, unknown>;
  return Object.keys(members)
    .filter((key) => members[key] !== undefined)
    .flatMap((key) => pair(key, members[key], indent));
}

function pair(key: string, value: unknown, indent: string): string[] {
  const name = `${indent}${scalar(key)}:`;
  return isEmptyOrScalar(value) ? [`${name} ${scalar(value)}`] : [name, ...block(value, `${indent}  `)];
}

/** The first line of a nested block stands behind its dash. */
function item(value: unknown, indent: string): string[] {
  if (isEmptyOrScalar(value)) return [`${indent}- ${scalar(value)}`];
  const [first, ...rest] = block(value, `${indent}  `);
  return [`${indent}- ${first!.slice(indent.length + 2)}`, ...rest];
}

function scalar(value: unknown): string {
  if (Array.isArray(value)) return '[]';
  if (typeof value === 'object' && value !== null) return '{}';
  if (typeof value === 'number' && !Number.isFinite(value))
    return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
  if (typeof value !== 'string') return String(value ?? null);
  return PLAIN.test(value) && !WORD_VALUE.test(value) && !value.endsWith(' ') ? value : JSON.stringify(value);
}
