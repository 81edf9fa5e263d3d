/**
 * `.mx` of a value (language.md 2.4, 9.4). The object only remembers its value; every field is
 * computed when it is read.
 *
 * What is known about a value may be shown without its marks: labels, taint, sources, tools. What
 * is computed from the value itself carries them: its views, its sizes and what a file says
 * (security.md 1.6, items 12 and 14).
 */

import { EMPTY } from '../../shared/marks.js';
import { estimateTokens } from '../../shared/policy/limits.js';
import { Box, box, type Extra, type LoadInfo } from '../box.js';
import { jsonData, textView } from './display.js';
import { kindOf } from './kinds.js';
import { markList } from './mark-lists.js';
import { makeArray, membersOf } from './objects.js';

/** What is known of the variable a value is read from. */
export interface VariableInfo {
  readonly name: string;
  readonly definedAt: { readonly filePath: string; readonly line: number; readonly column: number };
  /** Whether importers of its module can ask for it. */
  readonly exported: boolean;
  /** The policies in force, as `@mx.policy` shows them. */
  readonly policy: Box;
}

export class Metadata {
  readonly isView = true;
  constructor(
    readonly target: Box,
    readonly variable: VariableInfo | null = null,
  ) {}

  /** Everything `.mx` has to say about the value, as plain data under the value's mark. */
  toJSON(): Record<string, unknown> {
    const data: Record<string, unknown> = {};
    for (const name of SUMMARY) data[name] = jsonData(metadataField(this, name).value);
    if (this.variable) Object.assign(data, this.variable, { policy: jsonData(this.variable.policy.value) });
    const file = this.target.extra?.file;
    return file ? { ...data, ...file, path: file.absolute } : data;
  }
}

const SUMMARY = ['type', 'labels', 'taint', 'sources', 'tools', 'tokens', 'tokest', 'length'];

const DATA_VIEW: Extra = Object.freeze({ dataView: true });

/** `@value.mx`. */
export function metadata(target: Box): Box {
  return new Box(new Metadata(target), EMPTY, null, target.deep);
}

/** `@variable.mx`, where what the variable itself is asked about may be read. */
export function ofVariable(mx: Box, variable: VariableInfo): Box {
  return mx.value instanceof Metadata
    ? new Box(new Metadata(mx.value.target, variable), mx.mark, mx.extra, mx.deep)
    : mx;
}

/** A field of `.mx`; unknown ones are null. */
export function metadataField(mx: Metadata, name: string): Box {
  const { target } = mx;
  const { deep } = target;
  switch (name) {
    case 'labels':
    case 'taint':
    case 'sources':
      return markList(deep, name);
    case 'tools':
      return box(deep.tools.map((use) => ({ ...use })));
    case 'type':
      return box(internalType(target), target.mark);
    case 'text':
      return box(isStructured(target) ? textView(target) : null, deep);
    case 'data':
      return isStructured(target)
        ? new Box(target.value, target.mark, DATA_VIEW, deep)
        : new Box(null, target.mark, DATA_VIEW);
    case 'length':
      return box(textView(target).length, deep);
    case 'tokens':
    case 'tokest':
      return box(estimateTokens(textView(target)), deep);
    case 'keys':
    case 'values':
    case 'entries':
      return objectView(target, name);
    case 'policy':
      return mx.variable?.policy ?? box(null);
    case 'name':
    case 'definedAt':
    case 'exported':
      return box(mx.variable?.[name] ?? null);
    default:
      return fileField(target, name);
  }
}

/** The internal kind. A value somebody else produced has views and answers the type of its data. */
function internalType(target: Box): string {
  const { extra, value } = target;
  if (extra?.type !== undefined) return extra.type;
  const kind = kindOf(value);
  if (kind === 'string') return isStructured(target) ? 'text' : 'simple-text';
  return kind === 'number' || kind === 'boolean' || kind === 'null' ? 'primitive' : kind;
}

/** Loaded files and the results of commands, code, calls and pipelines pair a text and a data view. */
function isStructured({ extra }: Box): boolean {
  return (
    extra !== null &&
    (extra.file !== undefined || extra.joined !== undefined || extra.origin !== undefined || 'text' in extra)
  );
}

/** `.mx.keys`, `.mx.values`, `.mx.entries` of an object. */
function objectView(target: Box, name: 'keys' | 'values' | 'entries'): Box {
  const members = membersOf(target);
  if (members === null) return box(null, target.mark);
  if (name === 'keys')
    return box(
      members.map(([key]) => key),
      target.mark,
    );
  if (name === 'values') return makeArray(members.map(([, value]) => value));
  return makeArray(members.map(([key, value]) => makeArray([box(key, target.mark), value])));
}

/** What is known of the file a value was loaded from, under the value's mark: a path may be as secret as the text. */
function fileField(target: Box, name: string): Box {
  const file = target.extra?.file;
  if (file === undefined) return box(null, target.mark);
  const key = name === 'path' ? 'absolute' : name;
  return box(Object.hasOwn(file, key) ? file[key as keyof LoadInfo] : null, target.mark);
}

/** `.keep`: code receives the value with its views and metadata instead of the bare data (language.md 2.9). */
export function keep(b: Box): Box {
  const extra = b.extra;
  const text = extra?.text;
  return new Box(b.value, b.mark, { ...extra, ...(text === undefined ? {} : { text }), keep: true }, b.deep);
}

/** What code receives for a kept value. */
export function wrapper(b: Box): unknown {
  const mx = new Metadata(b).toJSON();
  return { type: mx.type, text: textView(b), data: jsonData(b.value), mx };
}
