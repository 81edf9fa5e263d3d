/** Values as text: what `show` prints, what templates insert, what goes to streams and files. */

import { Box, isObject, mapElements, mapValues, memberOf, setKey } from '../box.js';
import { parseContainer } from './json-text.js';
import { isContainer, isExecutable, isNamespace, isView, type NamespaceLike } from './kinds.js';
import { withoutTrailingNewlines } from './text.js';

/**
 * The text `show` prints, before its newline rule (language.md 2.2). Its mark is `b.deep`.
 */
export function display(b: Box): string {
  const { value, extra } = b;
  if (typeof value === 'string') return displayText(value);
  if (value === null || value === undefined) return extra?.nullWord ? 'null' : (extra?.text ?? '');
  if (isExecutable(value)) return `[executable: ${value.name}]`;
  if (!isContainer(value)) return extra?.text ?? String(value);
  if (extra?.joined) return displayText(joinedText(b));
  const text = extra?.text;
  // Text that is not the JSON of the data (JSON lines) is shown as it is.
  if (text !== undefined && text.trimStart().charCodeAt(0) !== (Array.isArray(value) ? 0x5b : 0x7b))
    return displayText(text);
  return displayJson(value);
}

/** Text that is the JSON of a container is printed again in display JSON; any other text stays. */
function displayText(text: string): string {
  const container = parseContainer(text);
  return container === undefined ? text : displayJson(container);
}

/**
 * Display JSON: indented by two, but a container with exactly one member, a scalar, stays on one
 * line (language.md 2.2).
 */
export function displayJson(value: unknown): string {
  const data = jsonData(value);
  if (Array.isArray(data)) {
    if (data.length === 1 && isScalar(data[0])) return `[${JSON.stringify(data[0]) ?? 'null'}]`;
  } else if (isObject(data)) {
    const keys = Object.keys(data).filter((key) => data[key] !== undefined);
    if (keys.length === 1 && isScalar(data[keys[0]!]))
      return `{${JSON.stringify(keys[0])}: ${JSON.stringify(data[keys[0]!])}}`;
  }
  return JSON.stringify(data, null, 2) ?? 'null';
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

/** JSON without blanks; what interpolation and commands use. */
export function compactJson(value: unknown): string {
  return JSON.stringify(jsonData(value)) ?? 'null';
}

/** JSON indented by two, containers always on several lines (language.md 10.5). */
export function prettyJson(value: unknown): string {
  return JSON.stringify(jsonData(value), null, 2) ?? 'null';
}

/**
 * What JSON sees of a value: no boxes, executables as `<function(p, q)>`, namespaces as their
 * frontmatter and exports. Shares everything that needs no change; one pass.
 */
export function jsonData(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Box) return jsonData(value.value);
  if (Array.isArray(value)) return mapElements(value, jsonData);
  if (isObject(value)) return mapValues(value, jsonData);
  if (isExecutable(value)) return `<function(${value.params.join(', ')})>`;
  if (isNamespace(value)) return namespaceData(value);
  return isView(value) ? jsonData(value.toJSON()) : String(value);
}

function namespaceData(namespace: NamespaceLike): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  const executables: Record<string, unknown> = {};
  for (const [name, member] of namespace.exports) {
    setKey(isExecutable(member.value) ? executables : variables, name, jsonData(member.value));
  }
  const exports = { variables, executables };
  return namespace.frontmatter === null || namespace.frontmatter === undefined
    ? { exports }
    : { frontmatter: namespace.frontmatter, exports };
}

/** What a template inserts (language.md 2.3). Its mark is `b.deep`. */
export function toText(b: Box): string {
  const { value, extra } = b;
  if (typeof value === 'string') return value;
  if (extra?.joined) return joinedText(b);
  const text = extra?.text;
  if (text !== undefined) return text;
  if (value === undefined) return '';
  if (isExecutable(value)) return value.templateText ?? '';
  return isContainer(value) ? compactJson(value) : String(value);
}

/** The text view, which transformers and string methods work on: null has none. */
export function textView(b: Box): string {
  return b.value === null && !b.extra?.nullWord ? (b.extra?.text ?? '') : toText(b);
}

/** What `log` and `output … to stdout` write (language.md 10.5): containers as indented JSON. */
export function effectText(b: Box): string {
  const { value, extra } = b;
  if (!isContainer(value) || extra?.joined || (extra?.file && extra.text !== undefined)) return toText(b);
  return prettyJson(value);
}

/** What `output … to "file"` writes: as on streams; a value loaded from a file is its text. */
export function fileText(b: Box): string {
  return effectText(b);
}

/** The members' text views with one blank line between them (language.md 9.3). */
export function joinedText(b: Box): string {
  if (!Array.isArray(b.value)) return toText(new Box(b.value, b.mark, null, b.deep));
  return b.value.map((member) => withoutTrailingNewlines(textView(memberOf(b, member)))).join('\n\n');
}
