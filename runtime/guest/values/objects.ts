/** Containers from boxes and back: members keep their own marks (security.md 1.6, item 13). */

import { EMPTY, type Mark, MarkSet } from '../../shared/marks.js';
import { counts, joiner, PROPAGATION } from '../../shared/propagation.js';
import { Box, isObject, marked, memberUnder, setKey } from '../box.js';
import { MlldError } from '../errors.js';
import { isNamespace, isView, kindOf } from './kinds.js';
import { truthy } from './truth.js';

const countElements = counts(PROPAGATION.array, 'members');
const countMembers = counts(PROPAGATION.object, 'members');
const joinSource = joiner(PROPAGATION.spread, 'source');

/** True when metadata matters to whoever reads the member back; where a value came from does not. */
function hasView(member: Box): boolean {
  const { extra, value } = member;
  if (extra === null || value === null || value === undefined) return false;
  return (
    extra.file !== undefined ||
    extra.joined !== undefined ||
    extra.keep !== undefined ||
    extra.type !== undefined ||
    'text' in extra
  );
}

/** A member as it is stored in a container under `mark`: raw where the box would say nothing more. */
export function stored(member: Box, mark: Mark): unknown {
  return member.mark === mark && member.deep === mark && !hasView(member) ? member.value : member;
}

/** The mark all members have in common, or the empty mark when they differ. */
function commonMark(members: readonly Box[]): Mark {
  const mark = members.length > 0 ? members[0]!.mark : EMPTY;
  for (let i = 1; i < members.length; i++) if (members[i]!.mark !== mark) return EMPTY;
  return mark;
}

/** An array of these elements. */
export function makeArray(elements: readonly Box[]): Box {
  const mark = commonMark(elements);
  const members: unknown[] = new Array(elements.length);
  const marks = new MarkSet(mark);
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i]!;
    if (countElements) marks.add(element.deep);
    members[i] = stored(element, mark);
  }
  return new Box(members, mark, null, marks.join());
}

/** An object with these members; of pairs with the same key the last one counts. */
export function makeObject(entries: readonly (readonly [key: string, value: Box])[]): Box {
  const mark = commonMark(entries.map(([, value]) => value));
  const members: Record<string, unknown> = {};
  const marks = new MarkSet(mark);
  for (const [key, value] of entries) {
    if (countMembers) marks.add(value.deep);
    setKey(members, key, stored(value, mark));
  }
  return new Box(members, mark, null, marks.join());
}

/** An element or pair that is left out when falsy (language.md 4.1). */
export class Optional {
  constructor(readonly value: Box) {}
}

export function optional(value: Box): Optional {
  return new Optional(value);
}

/** An array of what is there; that something is there says what it was asked for. */
export function makeArrayOf(elements: readonly (Box | Optional)[]): Box {
  const marks = new MarkSet();
  const kept = elements.filter((element) => isKept(element, marks)).map(contents);
  return marked(makeArray(kept), marks.join());
}

/** The same for an object. */
export function makeObjectOf(entries: readonly (readonly [key: string, value: Box | Optional])[]): Box {
  const marks = new MarkSet();
  const kept = entries.filter(([, value]) => isKept(value, marks));
  return marked(makeObject(kept.map(([key, value]) => [key, contents(value)])), marks.join());
}

function isKept(member: Box | Optional, marks: MarkSet): boolean {
  if (!(member instanceof Optional)) return true;
  marks.add(member.value.deep);
  return truthy(member.value);
}

function contents(member: Box | Optional): Box {
  return member instanceof Optional ? member.value : member;
}

/** A container under `mark` of members in the form they were stored in one whose mark is part of `mark`. */
export function arrayOf(members: unknown[], mark: Mark): Box {
  const marks = new MarkSet(mark);
  for (const member of members) if (member instanceof Box) marks.add(member.deep);
  return new Box(members, mark, null, marks.join());
}

/** The members of an object, namespace or view in order, under its mark; null for anything else. */
export function membersOf(b: Box, mark = b.mark): [string, Box][] | null {
  const { value } = b;
  if (isObject(value)) return Object.keys(value).map((key) => [key, memberUnder(mark, value[key])]);
  if (isNamespace(value)) return [...value.exports].map(([name, member]) => [name, memberUnder(mark, member)]);
  if (isView(value)) return Object.entries(value.toJSON()).map(([key, member]) => [key, new Box(member, b.deep)]);
  return null;
}

/**
 * The members `...@name` contributes to an object literal (language.md 4.1).
 *
 * @param name what the message calls the value
 * @throws MlldError SPREAD_NON_OBJECT for anything but an object
 */
export function spread(b: Box, name = 'value'): [string, Box][] {
  const members = membersOf(b, joinSource(EMPTY, b.mark));
  if (members) return members;
  throw new MlldError(
    'MlldDirective',
    'SPREAD_NON_OBJECT',
    `Cannot spread non-object value from ${name} (got ${kindOf(b.value)})`,
  );
}
