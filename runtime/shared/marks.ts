/**
 * Marks: what the runtime knows about a value besides the value (security.md 1.1).
 *
 * Marks are interned, so two values with the same history share one object, equality is `===`,
 * and the join of two marks is looked up by their ids. A program without labels only ever
 * compares against `EMPTY`.
 */

/** One step of a value's way through executables and MCP tools. */
export interface ToolUse {
  readonly name: string;
  readonly args?: readonly string[];
  readonly auditRef?: string;
}

export interface Mark {
  /** Interning number; equal ids mean equal marks. */
  readonly id: number;
  /** What the data is: `secret`, `untrusted`, labels of the executable that made it. */
  readonly labels: readonly string[];
  /** Labels together with provenance (`src:*`, `dir:*`); always a superset of `labels`. */
  readonly taint: readonly string[];
  /** Concrete origins: file paths, `command:git`, `mcp:tool`, `guard:@name`. */
  readonly sources: readonly string[];
  /** Executables and tools the value passed through, in call order. */
  readonly tools: readonly ToolUse[];
  /**
   * Guards whose transform everything marked has been through. A join keeps only what both sides
   * had, so mixing in a value a guard has not seen makes the guard apply again.
   */
  readonly applied: readonly string[];
}

/** The parts a mark is made from; anything left out is empty. */
export interface MarkParts {
  labels?: readonly string[];
  taint?: readonly string[];
  sources?: readonly string[];
  tools?: readonly ToolUse[];
  applied?: readonly string[];
}

const NONE: readonly never[] = Object.freeze([]);

/** The mark of a value nobody said anything about. */
export const EMPTY: Mark = Object.freeze({
  id: 0,
  labels: NONE,
  taint: NONE,
  sources: NONE,
  tools: NONE,
  applied: NONE,
});

const interned = new Map<string, Mark>();
const joins = new Map<number, Mark>();
let nextId = 1;

/** Ids stay below this, so that two of them fit into one exact number as a key. */
const ID_SPAN = 0x2000000;

/**
 * The interned mark with the given parts. Taint is completed with the labels, so the invariant
 * `labels ⊆ taint` holds for every mark there is.
 */
export function makeMark(parts: MarkParts): Mark {
  const { labels = NONE, taint = NONE, sources = NONE, tools = NONE, applied = NONE } = parts;
  if (labels.length === 0 && taint.length === 0 && sources.length === 0 && tools.length === 0 && applied.length === 0)
    return EMPTY;
  // Parts mostly come from marks, and are complete: then this is the key of the mark itself.
  const given = JSON.stringify([labels, taint, sources, tools, applied]);
  let mark = interned.get(given);
  if (!mark) {
    mark = complete(parts);
    interned.set(given, mark);
  }
  return mark;
}

function complete(parts: MarkParts): Mark {
  const labels = unique(parts.labels ?? NONE);
  // What is joined comes in turn: the labels of each before its provenance (security.md 1.1).
  const given = unique(parts.taint ?? NONE);
  const taint = labels.every((label) => given.includes(label)) ? given : union(labels, given);
  const sources = unique(parts.sources ?? NONE);
  const tools = uniqueTools(parts.tools ?? NONE);
  const applied = unique(parts.applied ?? NONE);
  const key = JSON.stringify([labels, taint, sources, tools, applied]);
  const known = interned.get(key);
  if (known) return known;
  const mark: Mark = Object.freeze({
    id: nextId++,
    labels: Object.freeze(labels),
    taint: Object.freeze(taint),
    sources: Object.freeze(sources),
    tools: Object.freeze(tools),
    applied: Object.freeze(applied),
  });
  interned.set(key, mark);
  return mark;
}

/** The mark of something made from both: unions in first-seen order. */
export function join(a: Mark, b: Mark): Mark {
  if (a === b || b === EMPTY) return a;
  if (a === EMPTY) return b;
  const key = a.id * ID_SPAN + b.id;
  const known = joins.get(key);
  if (known) return known;
  const joined = makeMark({
    labels: union(a.labels, b.labels),
    taint: union(a.taint, b.taint),
    sources: union(a.sources, b.sources),
    tools: a.tools.concat(b.tools),
    applied:
      a.taint.length === 0
        ? b.applied
        : b.taint.length === 0
          ? a.applied
          : a.applied.filter((guard) => b.applied.includes(guard)),
  });
  joins.set(key, joined);
  return joined;
}

/** Collects the marks of many values, to be joined once: joining them one by one is quadratic. */
export class MarkSet {
  private last: Mark;
  private more: Set<Mark> | null = null;

  constructor(private readonly first: Mark = EMPTY) {
    this.last = first;
  }

  add(mark: Mark): void {
    if (mark === this.last || mark === EMPTY) return;
    this.last = mark;
    this.more ??= new Set([this.first]);
    this.more.add(mark);
  }

  join(): Mark {
    if (this.more === null) return this.first;
    const marks = [...this.more].filter((mark) => mark !== EMPTY);
    return marks.length > 2 ? unionOf(marks) : marks.reduce(join, EMPTY);
  }
}

/** The join of any number of marks. */
export function joinAll(marks: Iterable<Mark>): Mark {
  const set = new MarkSet();
  for (const mark of marks) set.add(mark);
  return set.join();
}

/** What `join` makes of them from left to right, in one pass. */
function unionOf(marks: readonly Mark[]): Mark {
  const all = <T>(part: (mark: Mark) => readonly T[]): T[] => marks.flatMap(part);
  const tainted = marks.filter((mark) => mark.taint.length > 0);
  // A guard that saw the data of all of them; what has no data to guard does not count.
  const applied = (tainted.length > 0 ? tainted : marks.slice(-1))
    .map((mark) => mark.applied)
    .reduce((both, guards) => both.filter((guard) => guards.includes(guard)));
  return makeMark({
    labels: all((m) => m.labels),
    taint: all((m) => m.taint),
    sources: all((m) => m.sources),
    tools: all((m) => m.tools),
    applied,
  });
}

/** `mark` without one of its labels. */
export function withoutLabel(mark: Mark, label: string): Mark {
  if (!mark.taint.includes(label)) return mark;
  const others = (labels: readonly string[]) => labels.filter((each) => each !== label);
  return makeMark({ ...mark, labels: others(mark.labels), taint: others(mark.taint) });
}

/** `mark` with more labels after those it has. */
export function withLabels(mark: Mark, labels: readonly string[]): Mark {
  return labels.length === 0 ? mark : labelsFirst(join(mark, makeMark({ labels })));
}

/** `mark` with more labels, in front of those of its own that come last. */
export function withLabelsBefore(mark: Mark, labels: readonly string[], last: readonly string[]): Mark {
  const order = (all: readonly string[]) => [
    ...all.filter((label) => !last.includes(label)),
    ...labels,
    ...all.filter((label) => last.includes(label)),
  ];
  return makeMark({ ...mark, labels: order(mark.labels), taint: [...order(mark.labels), ...mark.taint] });
}

/** `mark` as something that was made in one go: what it is comes before where it is from. */
export function labelsFirst(mark: Mark): Mark {
  const { labels, taint } = mark;
  return labels.every((label, i) => taint[i] === label) ? mark : makeMark({ ...mark, taint: union(labels, taint) });
}

/** `mark` with what it adds to the marks it was made from before what it has from them. */
export function additionsFirst(mark: Mark, from: readonly Mark[]): Mark {
  const isAdded = (taint: string): boolean => !from.some((each) => each.taint.includes(taint));
  const added = mark.taint.filter(isAdded);
  return added.length === 0 ? mark : makeMark({ ...mark, taint: union(added, mark.taint) });
}

/** `mark` with provenance added to its taint and, optionally, a source. */
export function withProvenance(mark: Mark, taint: readonly string[], sources: readonly string[] = NONE): Mark {
  return join(mark, makeMark({ taint, sources }));
}

/** True when the taint (and so also when the labels) contain `label`. */
export function carries(mark: Mark, label: string): boolean {
  return mark.taint.includes(label);
}

/** What crosses the door: the parts that are not empty. */
export function markToJSON(mark: Mark): MarkParts | undefined {
  if (mark === EMPTY) return undefined;
  const parts: MarkParts = {};
  if (mark.labels.length) parts.labels = mark.labels;
  if (mark.taint.length) parts.taint = mark.taint;
  if (mark.sources.length) parts.sources = mark.sources;
  if (mark.tools.length) parts.tools = mark.tools;
  if (mark.applied.length) parts.applied = mark.applied;
  return parts;
}

function unique(list: readonly string[]): string[] {
  return list.length < 2 ? list.slice() : [...new Set(list)];
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}

function uniqueTools(list: readonly ToolUse[]): ToolUse[] {
  const seen = new Set<string>();
  return list.filter((use) => {
    if (use.auditRef === undefined) return true;
    if (seen.has(use.auditRef)) return false;
    seen.add(use.auditRef);
    return true;
  });
}
