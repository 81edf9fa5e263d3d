/** The methods of arrays (language.md 2.9). Members that only move keep their own marks. */

import { EMPTY, join, type Mark } from '../../shared/marks.js';
import { includesLabel } from '../../shared/policy/labels.js';
import { Box, box, marked, memberOf, plain } from '../box.js';
import { appended } from './augment.js';
import { isContainer, isExecutable } from './kinds.js';
import { TaintList } from './mark-lists.js';
import { type Args, callMark, joinArgument, numberArg, textArg } from './method-args.js';
import { arrayOf, stored } from './objects.js';

type ArrayMethod = (receiver: Box, members: readonly unknown[], args: Args) => Box;

export const ARRAY_METHODS: Readonly<Record<string, ArrayMethod>> = {
  includes: (receiver, members, args) => box(includes(members, args), callMark(receiver, args)),
  indexOf: (receiver, members, args) => box(position(members, args), callMark(receiver, args)),
  join: (receiver, members, args) => box(joinTexts(members, textArg(args[0], ',')), callMark(receiver, args)),
  slice: (receiver, members, args) => moved(receiver, members.slice(numberArg(args[0]), numberArg(args[1])), args),
  concat: (receiver, members, args) =>
    args.reduce<Box>((list, arg) => (arg ? appended(list, arg) : list), arrayOf([...members], receiver.mark)),
  reverse: (receiver, members, args) => moved(receiver, [...members].reverse(), args),
  sort: (receiver, members, args) => {
    const mark = callMark(receiver, args);
    return new Box(sorted(members), mark, null, mark);
  },
  flat: (receiver, _, args) => flattened(receiver, numberArg(args[0]) ?? 1, args),
  at: (receiver, members, args) => at(receiver, members, args),
};

function moved(receiver: Box, members: unknown[], args: Args, own: Mark = receiver.mark): Box {
  let mark = own;
  for (const arg of args) if (arg) mark = joinArgument(mark, arg.deep);
  return arrayOf(members, mark);
}

/** Strict for scalars; containers are never equal, as in JavaScript. */
function position(members: readonly unknown[], [wanted]: Args): number {
  const value = wanted?.value ?? null;
  return members.findIndex((member) => (bare(member) ?? null) === value);
}

function includes(members: readonly unknown[], args: Args): boolean {
  if (members instanceof TaintList) return includesLabel(members, String(args[0]?.value));
  return position(members, args) >= 0;
}

function bare(member: unknown): unknown {
  return member instanceof Box ? member.value : member;
}

/** Null is nothing, objects are `[object Object]`, nested arrays are joined by commas. */
function joinTexts(members: readonly unknown[], separator: string): string {
  return members.map((member) => joinText(bare(member))).join(separator);
}

function joinText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return joinTexts(value, ',');
  if (isExecutable(value)) return `[executable: ${value.name}]`;
  return isContainer(value) ? '[object Object]' : String(value);
}

/** By text, as JavaScript sorts without a comparison. The order tells about every member, so all of them get all marks. */
function sorted(members: readonly unknown[]): unknown[] {
  const keyed = members.map((member) => ({ value: plain(member), text: sortText(bare(member)) }));
  keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  return keyed.map(({ value }) => value);
}

function sortText(value: unknown): string {
  return value === null || value === undefined ? String(value) : joinText(value);
}

/** How many elements there are tells about every array that was opened, so the result has their marks. */
function flattened(receiver: Box, depth: number, args: Args): Box {
  const elements: Box[] = [];
  const mark = flatten(receiver, depth, elements);
  return moved(
    receiver,
    elements.map((element) => stored(element, mark)),
    args,
    mark,
  );
}

/** Appends the elements of `list` and answers the marks of all arrays opened on the way. */
function flatten(list: Box, depth: number, elements: Box[]): Mark {
  let { mark } = list;
  for (const raw of list.value as unknown[]) {
    const member = memberOf(list, raw);
    if (Array.isArray(member.value) && depth >= 1) mark = join(mark, flatten(member, depth - 1, elements));
    else elements.push(member);
  }
  return mark;
}

function at(receiver: Box, members: readonly unknown[], args: Args): Box {
  const wanted = Math.trunc(numberArg(args[0]) ?? 0) || 0;
  const member = members.at(wanted);
  const found = member === undefined ? box(null, receiver.mark) : memberOf(receiver, member);
  return args[0] ? marked(found, joinArgument(EMPTY, args[0].deep)) : found;
}
