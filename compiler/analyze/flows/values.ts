/**
 * Values as the static analysis knows them: the labels that are certainly there, and where each of
 * them came from. Marks are joined by the rows of the propagation table, like at run time.
 */

import type { ExeStatement, Span } from '../../../grammar/ast.js';
import { EMPTY, join, type Mark, makeMark } from '../../../runtime/shared/marks.js';
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

export interface Value {
  /** Labels and provenance the value itself certainly carries. */
  readonly mark: Mark;
  /** True when it carries nothing else. */
  readonly exact: boolean;
  /** True when earlier runs may have recorded more about it, for files and answers of servers. */
  readonly recorded: boolean;
  /** By label or taint mark: how it got here. */
  readonly trail: Trail;
  /** Members, where all of them are known. */
  readonly members: ReadonlyMap<string, Value> | null;
  readonly exe: Exe | null;
  /** The name of a tool of a server, or `*` for all the tools of one. */
  readonly tool: string | null;
  /** Follows what is evaluated when the variable is first used. */
  readonly used?: (by: { certain: boolean; tells: boolean }) => void;
}

/** An executable with the module it belongs to. */
export interface Exe {
  node: ExeStatement;
  unit: SourceUnit;
  scope: Scope;
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

/** The value with one more step on every trail. */
export function moved(value: Value, step: Omit<Step, 'from'>): Value {
  if (value.trail.size === 0 && value.members === null) return value;
  const trail = new Map([...value.trail].map(([label, from]) => [label, { ...step, from }]));
  const members = value.members && new Map([...value.members].map(([name, member]) => [name, moved(member, step)]));
  return { ...value, trail, members };
}

/** What is certain of a value that may be any of these: what all of them carry. */
export function either(values: readonly Value[]): Value {
  const [first = PLAIN, ...rest] = values.map(deep);
  if (rest.length === 0) return first;
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
    ...container,
    exact: false,
    members: members && new Map(members.map((member, i) => [String(i), member])),
    exe: null,
    tool: null,
  };
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
