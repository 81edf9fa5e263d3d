/** The key of a call: what it is kept and found under (security.md 12). */

import { createHash } from 'node:crypto';
import { isRecord } from '../../shared/record.js';

const PREVIEW_LENGTH = 160;

export function callKey(fn: string, args: unknown): { key: string; argsHash: string } {
  const text = canonicalJson(args);
  return { key: `sha256:${hash(`{"args":${text},"fn":${JSON.stringify(fn)}}`)}`, argsHash: `sha256:${hash(text)}` };
}

/** The arguments as people recognise them. */
export function argsPreview(args: unknown): string {
  const list = Array.isArray(args) ? args : [args];
  const text = list.map((arg) => (typeof arg === 'string' ? arg : canonicalJson(arg))).join(' | ');
  return text.length > PREVIEW_LENGTH ? `${text.slice(0, PREVIEW_LENGTH - 1)}…` : text;
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(',')}}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
