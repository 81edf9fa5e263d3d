/**
 * Values as the static analysis knows them: the labels that are certainly there, and where each of
 * them came from. Marks are joined by the rows of the propagation table, like at run time.
 */

import type { ExeStatement, Span } from '../../../grammar/ast.js';
import { EMPTY, join, type Mark, makeMark } from '../../../runtime/shared/marks.js';
import type { Policy } from '../../../runtime/shared/policy/types.js';
import { PROPAGATION, type PropagationKey, propagate } from '../../../runtime/shared/propagation.js';
import type { SourceUnit } from '../../resolve/unit.js';

/** A place a label passed, newest first. */
export interface Step {
  file: string;
  span: Span;
  /** What happened there. */
  text: string;
  from: Step | null;
}

export type Trail = ReadonlyMap<string, Step>;

/** What is known of a scalar by value. */
export type Scalar = string | number | boolean | null;

/** Name under which a container has what is somewhere in it, where nobody knows under which name. */
export const SOMEWHERE = '*';

/** What a collection of the tools of a server is as a `tool`: under each name an entry, whose `mlld` is the tool. */
export const TOOL_ENTRIES = '**';

export interface Value {
  /** Labels and provenance the value itself certainly carries. */
  readonly mark: Mark;
  /** True when it carries nothing else. */
  readonly exact: boolean;
  /** True when earlier runs may have recorded more about it, for files and answers of servers. */
  readonly recorded: boolean;
  /** By label or taint mark: how it got here. */
  readonly trail: Trail;
  /** What it is, where that is certain; undefined otherwise, and for containers. */
  readonly data?: Scalar;
  /** Members, where all of them are known; or what is certainly in it, as `SOMEWHERE`. */
  readonly members: ReadonlyMap<string, Value> | null;
  readonly shape?: 'list' | 'object';
  readonly exe: Exe | null;
  /** The name of a tool of a server, `*` for all the tools of one, or `TOOL_ENTRIES`. */
  readonly tool: string | null;
  /** What stands in its place where a parallel branch fails at it; left out where nobody knows. */
  readonly failed?: Value;
  /** Follows what is evaluated when the variable is first used. */
  readonly used?: (by: { certain: boolean; tells: boolean }) => void;
}

/** An executable with the module it belongs to. */
export interface Exe {
  node: ExeStatement;
  unit: SourceUnit;
  scope: Scope;
  /** The policy of its `with` clause. */
  policy: Policy | null;
}

const NO_TRAIL: Trail = new Map();

/** A value that carries nothing. */
export const PLAIN: Value = {
  mark: EMPTY,
  exact: true,
  recorded: false,
  trail: NO_TRAIL,
  members: null,
  exe: null,
  tool: null,
};

/** A value about which nothing is known. */
export const UNKNOWN: Value = { ...PLAIN, exact: false };

/** A scalar that is written out. */
export function constant(data: Scalar): Value {
  return { ...PLAIN, data };
}

/** The value with everything inside it taken together, as operations see it. */
export function deep(value: Value): Value {
  if (value.members === null) return value;
  return merged([value, ...[...value.members.values()].map(deep)], value.mark);
}

/** One value out of several whose marks all count. */
export function joined(values: readonly Value[]): Value {
  return merged(values.map(deep), EMPTY);
}

function merged(values: readonly Value[], start: Mark): Value {
  let mark = start;
  const trail = new Map<string, Step>();
  for (const value of values) {
    mark = join(mark, value.mark);
    for (const [label, step] of value.trail) if (!trail.has(label)) trail.set(label, step);
  }
  return {
    mark,
    exact: values.every(({ exact }) => exact),
    recorded: values.some(({ recorded }) => recorded),
    trail,
    members: null,
    exe: null,
    tool: null,
  };
}

/** The result of an operation of the propagation table over up to three inputs. */
export function result(key: PropagationKey, at: Step, ...inputs: Value[]): Value {
  const known = inputs.map(deep);
  const [a, b, c] = known.map(({ mark }) => mark);
  const row = PROPAGATION[key];
  const counting = known.filter((_, index) => row.joins & (1 << index));
  return marked(merged(counting, EMPTY), propagate(row, false, a, b, c), at);
}

/** The value under a mark; what the mark brings that was not there entered at `at`. */
export function marked(value: Value, mark: Mark, at: Step): Value {
  if (mark === EMPTY) return value;
  const trail = new Map(value.trail);
  for (const label of mark.taint) if (!trail.has(label)) trail.set(label, at);
  return { ...value, mark: join(value.mark, mark), trail };
}

/** The value under the marks of others that decided about it: it stays what it is. */
export function under(value: Value, others: readonly Value[]): Value {
  const { mark, exact, recorded, trail } = joined([{ ...value, members: null }, ...others]);
  return { ...value, mark, exact, recorded, trail };
}

/** The value with one more step on every trail. */
export function moved(value: Value, step: Omit<Step, 'from'>): Value {
  if (value.trail.size === 0 && value.members === null) return value;
  const trail = new Map([...value.trail].map(([label, from]) => [label, { ...step, from }]));
  const members = value.members && new Map([...value.members].map(([name, member]) => [name, moved(member, step)]));
  return { ...value, trail, members };
}

/** What is certain of a value that may be any of these: what all of them carry. */
export function either(values: readonly Value[]): Value {
  if (values.length === 1) return values[0]!;
  const [first = PLAIN, ...rest] = values.map(deep);
  if (rest.every(({ mark }) => mark === first.mark)) return merged([first, ...rest], EMPTY);
  const shared = (of: (mark: Mark) => readonly string[]): string[] =>
    of(first.mark).filter((label) => rest.every(({ mark }) => of(mark).includes(label)));
  const mark = makeMark({ labels: shared(({ labels }) => labels), taint: shared(({ taint }) => taint) });
  const trail = new Map([...first.trail].filter(([label]) => mark.taint.includes(label)));
  const recorded = values.some((value) => value.recorded);
  return { ...UNKNOWN, mark, trail, recorded };
}

/** A list with these members, under the marks of what it was made of. */
export function listOf(members: readonly Value[] | null, container: Value): Value {
  return {
    ...scalarOnly(container),
    shape: 'list',
    members: members && new Map(members.map((member, i) => [String(i), member])),
  };
}

/** A list of which only is known what is somewhere in it. */
export function listWith(inside: Value, container: Value): Value {
  return { ...listOf(null, container), exact: false, members: new Map([[SOMEWHERE, deep(inside)]]) };
}

/** The marks of a value alone. */
function scalarOnly({ mark, exact, recorded, trail }: Value): Value {
  return { ...PLAIN, mark, exact, recorded, trail };
}

/** The container without what is in it. */
export function outside(value: Value): Value {
  return { ...scalarOnly(value), exact: value.exact && value.members === null };
}

/** Names and what they stand for. */
export class Scope {
  private readonly names = new Map<string, Value>();

  constructor(private readonly parent: Scope | null = null) {}

  get(name: string): Value | undefined {
    return this.names.get(name) ?? this.parent?.get(name);
  }

  set(name: string, value: Value): void {
    this.names.set(name, value);
  }

  /** Replaces the value where the name was declared. */
  update(name: string, change: (value: Value) => Value): void {
    const own = this.names.get(name);
    if (own !== undefined) this.names.set(name, change(own));
    else this.parent?.update(name, change);
  }

  /** The names of this scope alone. */
  entries(): IterableIterator<[string, Value]> {
    return this.names.entries();
  }
}
