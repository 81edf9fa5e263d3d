/** Variables and what follows their names: fields, elements, methods, calls. */

import type { Accessor, Reference } from '../../../grammar/ast.js';
import { EMPTY } from '../../../runtime/shared/marks.js';
import { ambientValue } from './ambient.js';
import { callValue, toolValue } from './calls.js';
import { textOf } from './data.js';
import { evaluate } from './follow.js';
import { type Frame, here } from './frame.js';
import { joined, listOf, outside, result, SOMEWHERE, TOOL_ENTRIES, UNKNOWN, under, type Value } from './values.js';

/** Methods of lists that look at every element; the others move elements, which keep their marks. */
const LOOKING = new Set(['includes', 'indexOf', 'join', 'sort']);

/** `@name` with what follows it. */
export function referenceValue(node: Reference, frame: Frame): Value {
  const start = frame.scope.get(node.name);
  if (frame.tells) start?.used?.(frame);
  // Names nobody defined stay as they are written; those of the system are nobody's labels.
  const ambient = ambientValue(node, frame);
  let value = ambient?.value ?? start ?? UNKNOWN;
  for (const [index, access] of node.access.entries())
    if (index >= (ambient?.taken ?? 0)) value = accessed(value, access, node, index, frame);
  return value;
}

function accessed(value: Value, access: Accessor, node: Reference, index: number, frame: Frame): Value {
  switch (access.kind) {
    case 'field': {
      if (access.name === 'mx') return UNKNOWN;
      if (value.tool === TOOL_ENTRIES)
        return { ...UNKNOWN, members: new Map([['mlld', { ...UNKNOWN, tool: access.name }]]) };
      if (value.tool === '*') return { ...UNKNOWN, tool: access.name };
      // A method is named by the field before its call.
      if (node.access[index + 1]?.kind === 'call' && !value.members?.has(access.name)) return value;
      if (
        value.shape === 'list' &&
        value.members &&
        node.access.slice(0, index).some(({ kind }) => kind === 'wildcard')
      )
        return projected(value, access.name);
      return memberOf(value, access.name);
    }
    case 'call': {
      const args = access.args.map((argument) => evaluate(argument, frame));
      if (value.exe) {
        const answer = callValue(value.exe, args, frame, { span: node.loc, piped: false });
        return value.mark === EMPTY ? answer : under(answer, [outside(value)]);
      }
      if (value.tool) return toolValue(value.tool, args, frame, node.loc);
      const before = node.access[index - 1];
      return before?.kind === 'field' ? methodValue(value, before.name, args, frame, access) : UNKNOWN;
    }
    case 'index': {
      const key = evaluate(access.index, frame);
      const name = textOf(key);
      const member = name === undefined ? { ...outside(value), exact: false } : memberOf(value, name);
      return under(member, [key]);
    }
    case 'slice': {
      const bounds = [access.from, access.to].flatMap((bound) => (bound ? [evaluate(bound, frame)] : []));
      return under(sliced(value, access, bounds), bounds);
    }
    case 'wildcard':
      return value.shape === 'list' ? value : { ...outside(value), exact: false };
  }

  function sliced(list: Value, { from, to }: Extract<Accessor, { kind: 'slice' }>, bounds: readonly Value[]): Value {
    const [first, last] = from ? bounds : [undefined, ...bounds];
    const known = (bound: Value | undefined): boolean => bound === undefined || typeof bound.data === 'number';
    if (
      list.shape !== 'list' ||
      !list.members ||
      list.members.has(SOMEWHERE) ||
      !known(first) ||
      !(to ? known(last) : true)
    )
      return { ...outside(list), exact: false };
    const members = [...list.members.values()].slice(
      first?.data as number | undefined,
      to ? (last?.data as number) : undefined,
    );
    return listOf(members, outside(list));
  }
}

/** `@l[*].name`: the member of every element. */
function projected(list: Value, name: string): Value {
  if (list.members!.has(SOMEWHERE)) return { ...outside(list), exact: false, shape: 'list' };
  return listOf(
    [...list.members!.values()].map((member) => memberOf(member, name)),
    outside(list),
  );
}

/** A member carries its own labels and those of the container. */
export function memberOf(value: Value, name: string): Value {
  const member = value.members?.get(name);
  const container = outside(value);
  if (member === undefined || name === SOMEWHERE) return { ...container, exact: false };
  return value.mark === EMPTY ? member : under(member, [container]);
}

function methodValue(value: Value, name: string, args: readonly Value[], frame: Frame, { loc }: Accessor): Value {
  const receiver = value.shape === 'list' && LOOKING.has(name) ? joined([value]) : outside(value);
  return { ...result('method', here(frame, loc, ''), receiver, joined(args)), exact: false };
}
