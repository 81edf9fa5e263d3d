/** Reading members: fields, indices, slices, wildcards (language.md 2.8). */

import { EMPTY } from '../../shared/marks.js';
import { joiner, PROPAGATION } from '../../shared/propagation.js';
import { Box, box, isObject, marked, memberOf, memberUnder } from '../box.js';
import { MlldError } from '../errors.js';
import { textView } from './display.js';
import { looksLikeContainer } from './json-text.js';
import { isNamespace, isView, kindOf } from './kinds.js';
import { keep, Metadata, metadata, metadataField } from './metadata.js';
import { numeric } from './numbers.js';
import { arrayOf, makeArray, membersOf } from './objects.js';
import { quotable } from './quote.js';

const joinName = joiner(PROPAGATION.field, 'key');
const joinIndex = joiner(PROPAGATION.index, 'key');
const joinArray = joiner(PROPAGATION.index, 'container');
const joinBound = joiner(PROPAGATION.slice, 'bounds');
const joinSliced = joiner(PROPAGATION.slice, 'container');
const joinListed = joiner(PROPAGATION.wildcard, 'container');
const joinSized = joiner(PROPAGATION.size, 'receiver');

/** Where a field is read, for the hint about file extensions. */
export interface FieldPlace {
  /** The variable as written, without the `@`. */
  source: string;
}

/** File extensions people write behind a variable in a template. */
const EXTENSION =
  /^(?:txt|md|mld|json|jsonl|csv|tsv|ya?ml|toml|xml|html?|css|js|mjs|cjs|ts|tsx|jsx|py|sh|rb|go|rs|java|log|pdf|png|jpe?g|gif|svg|zip|att|mtt|com|org|net|io)$/i;

/** True for fields that may be meant as the end of a file's name. */
export function isExtension(name: string): boolean {
  return EXTENSION.test(name);
}

function accessError(message: string): MlldError {
  return new MlldError('FieldAccess', 'FIELD_ACCESS_ERROR', message);
}

/**
 * `@b.name`. A missing key, and any key of null, is null. `.mx` is the metadata of every value;
 * elsewhere only own members of the data are seen.
 *
 * @param place given in templates, where `.name` may be meant as text
 * @throws MlldError FIELD_ACCESS_ERROR for fields of strings, numbers, booleans and executables, and
 *   for names a namespace does not export
 */
export function field(b: Box, name: string, place?: FieldPlace): Box {
  if (name === 'mx' && !(b.value instanceof Metadata) && !b.extra?.dataView) return metadata(b);
  return member(b, name, place);
}

function member(b: Box, name: string, place?: FieldPlace): Box {
  const { value } = b;
  if (value === null || value === undefined) return box(null, b.mark);
  if (Array.isArray(value)) return arrayField(b, value, name);
  if (isObject(value)) {
    if (Object.hasOwn(value, name)) return memberOf(b, value[name]);
    return isKeep(name) ? keep(b) : box(null, b.mark);
  }
  if (value instanceof Metadata) return metadataField(value, name);
  if (isNamespace(value)) return namespaceField(b, value.exports.get(name), value.frontmatter, name);
  if (isView(value)) return viewField(b, value.toJSON(), name);
  return scalarField(b, name, name, place);
}

function isKeep(name: string): boolean {
  return name === 'keep' || name === 'keepStructured';
}

function arrayField(b: Box, value: readonly unknown[], name: string): Box {
  if (name === 'length') return box(value.length, joinSized(EMPTY, b.mark));
  if (isKeep(name)) return keep(b);
  return /^\d+$/.test(name) ? element(b, value, Number(name)) : box(null, b.mark);
}

function namespaceField(b: Box, exported: Box | undefined, frontmatter: unknown, name: string): Box {
  if (exported !== undefined) return memberOf(b, exported);
  if (name === '__meta__') return box(frontmatter ?? null, b.mark);
  throw accessError(`Field "${quotable(name, b.mark)}" not found in object`);
}

function viewField(b: Box, data: Record<string, unknown>, name: string): Box {
  return box(Object.hasOwn(data, name) ? data[name] : null, b.deep);
}

/** `shown` is what messages call the field: a computed name may not be quoted. */
function scalarField(b: Box, name: string, shown: string, place?: FieldPlace): Box {
  const { value } = b;
  if (isKeep(name)) return keep(b);
  if (typeof value !== 'string')
    throw accessError(`Cannot access field "${shown}" on non-object value (${kindOf(value)})`);
  if (name === 'length') return box(value.length, joinSized(EMPTY, b.mark));
  if (name === 'text' && b.extra !== null) return box(textView(b), b.mark);
  if (/^\d+$/.test(name)) throw accessError(`Cannot access index ${name} on non-array value (string)`);
  if (looksLikeContainer(value)) {
    throw accessError(
      `Cannot access field "${shown}" on JSON string. Parse with \`| @parse\` first, or use \`.mx.text\` / \`.mx.data\` wrapper accessors.`,
    );
  }
  const hint =
    place && EXTENSION.test(name)
      ? `. '@${place.source}.${name}' looks like field access. If you meant a file extension, escape the dot: '@${place.source}\\.${name}'.`
      : '';
  throw accessError(`Cannot access field "${shown}" on non-object value (string)${hint}`);
}

function element(b: Box, value: readonly unknown[], position: number): Box {
  return position >= 0 && position < value.length && Number.isInteger(position)
    ? memberUnder(joinArray(EMPTY, b.mark), value[position])
    : box(null, joinArray(EMPTY, b.mark));
}

/**
 * `@b[i]`: an element by number, a member by name. Out of range and negative numbers are null. The
 * result carries the marks of the container and of the index. `[…]` reads data only: a key `mx` is
 * the data's own.
 *
 * @throws MlldError FIELD_ACCESS_ERROR for an index into something that has no members
 */
export function index(b: Box, i: Box): Box {
  return marked(indexed(b, i), (typeof i.value === 'string' ? joinName : joinIndex)(EMPTY, i.deep));
}

function indexed(b: Box, i: Box): Box {
  const { value } = b;
  const key = i.value;
  if (typeof key !== 'number' && typeof key !== 'string') {
    if (key === null || key === undefined) return box(null, b.mark);
    throw accessError(`Cannot use ${kindOf(key)} as an index`);
  }
  if (Array.isArray(value) && typeof key === 'number') return element(b, value, key);
  if (typeof key === 'string' && typeof value === 'string' && numeric(key) === undefined)
    return scalarField(b, key, quotable(key, i.deep));
  if (value === null || value === undefined || (typeof value === 'object' && kindOf(value) !== 'executable'))
    return member(b, String(key));
  throw accessError(`Cannot access index ${quotable(String(key), i.deep)} on non-array value (${kindOf(value)})`);
}

/**
 * `@b[from:to]` on arrays, with the bounds of JavaScript's `slice`; null has no elements.
 *
 * @throws MlldError FIELD_ACCESS_ERROR when `b` is no array or a bound no number
 */
export function slice(b: Box, from: Box | null, to: Box | null): Box {
  const { value } = b;
  let mark = joinSliced(EMPTY, b.mark);
  if (from) mark = joinBound(mark, from.deep);
  if (to) mark = joinBound(mark, to.deep);
  if (value === null || value === undefined) return box(null, mark);
  if (!Array.isArray(value)) throw accessError(`Cannot slice non-array value (${kindOf(value)})`);
  return arrayOf(value.slice(bound(from), bound(to)), mark);
}

function bound(b: Box | null): number | undefined {
  if (b === null || b.value === null || b.value === undefined) return undefined;
  const position = typeof b.value === 'string' ? numeric(b.value) : b.value;
  if (typeof position !== 'number') throw accessError(`Slice bounds must be numbers, got ${kindOf(b.value)}`);
  return position;
}

/**
 * `@b[*]`: every element of an array or value of an object. What follows is read from each of them:
 * compiled code reads the next field with `mapField`.
 *
 * @throws MlldError FIELD_ACCESS_ERROR for scalars
 */
export function wildcard(b: Box): Box {
  const { value } = b;
  const mark = joinListed(EMPTY, b.mark);
  if (value === null || value === undefined) return box(null, mark);
  if (Array.isArray(value)) return new Box(value, mark, null, b.deep);
  const members = membersOf(b, mark);
  if (members === null) throw accessError(`Cannot access [*] on non-array value (${kindOf(value)})`);
  return marked(makeArray(members.map(([, member]) => member)), mark);
}

/** The field `name` of every element; null where an element has none. */
export function mapField(list: Box, name: string): Box {
  const mark = joinListed(EMPTY, list.mark);
  if (!Array.isArray(list.value)) return box(null, mark);
  return marked(makeArray(list.value.map((raw) => fieldOrNull(memberUnder(mark, raw), name))), mark);
}

function fieldOrNull(b: Box, name: string): Box {
  if (name === 'mx') return metadata(b);
  const { value } = b;
  const readable =
    typeof value === 'object'
      ? kindOf(value) !== 'executable' && !isNamespace(value)
      : name === 'length' && typeof value === 'string';
  return readable ? member(b, name) : box(null, b.mark);
}
