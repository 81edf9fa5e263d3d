/**
 * The propagation table (security.md 1.4, with its leaks closed): for every kind of operation which
 * inputs join into the mark of the result, and what is added. The runtime takes its joins and what it
 * adds from these rows (`joiner`, `added`); docs/propagation.md and the tests are made from them.
 *
 * A row names its inputs in the order in which `propagate` takes their marks. `joins` has a bit for
 * each input that counts (the first input is bit 0), so that a lookup and two comparisons are all
 * that an operation on unmarked values costs.
 */

import { EMPTY, join, type Mark, makeMark } from './marks.js';

export interface PropagationRow {
  /** What goes in, in order; several values of one kind are joined by the caller. */
  readonly inputs: readonly string[];
  /** Bit i: input i joins. */
  readonly joins: number;
  /** Bits that join only in strict flow (`policy.defaults.flow`): pure control dependence. */
  readonly strict: number;
  /**
   * Bits of `joins` where nothing is joined: the value itself goes on, in its box and so with its mark.
   * The runtime asks the table about every other input.
   */
  readonly keeps: number;
  /** Labels added to the result. */
  readonly labels: readonly string[];
  /** Provenance added to the taint. */
  readonly taint: readonly string[];
  /** Source added, `%` standing for the detail: `command:%`. Null for none. */
  readonly source: string | null;
  /** Further taint from a list of details: `dir:%` for each ancestor directory. */
  readonly taintEach: string | null;
  /** True when labels declared on the executable or tool follow those of the inputs. */
  readonly executable: boolean;
  /** Rows of security.md 1.4 this one covers. */
  readonly reference: readonly number[];
}

interface Spec {
  /** Inputs that never join; documented because a reader would expect them to. */
  free?: readonly string[];
  strict?: readonly string[];
  /** Inputs that go on in their own box. */
  keeps?: readonly string[];
  labels?: readonly string[];
  taint?: readonly string[];
  source?: string;
  taintEach?: string;
  executable?: true;
  reference?: readonly number[];
}

function row(inputs: readonly string[], spec: Spec = {}): PropagationRow {
  let joins = 0;
  let strict = 0;
  let keeps = 0;
  inputs.forEach((input, index) => {
    if (spec.keeps?.includes(input)) keeps |= 1 << index;
    if (spec.strict?.includes(input)) strict |= 1 << index;
    else if (!spec.free?.includes(input)) joins |= 1 << index;
  });
  return Object.freeze({
    inputs,
    joins,
    strict,
    keeps,
    labels: spec.labels ?? [],
    taint: spec.taint ?? [],
    source: spec.source ?? null,
    taintEach: spec.taintEach ?? null,
    executable: spec.executable === true,
    reference: spec.reference ?? [],
  });
}

/** A call of an executable: all arguments and everything the body read, whether used or not. */
function call(taint: string, reference: readonly number[], source?: string): PropagationRow {
  return row(['arguments', 'captured', 'calls'], {
    taint: [taint],
    executable: true,
    reference,
    ...(source === undefined ? {} : { source }),
  });
}

export const PROPAGATION = Object.freeze({
  // ── values
  literal: row([], { reference: [1] }),
  /** Declared labels come first. */
  declaration: row(['declared', 'value'], { keeps: ['value'], reference: [2] }),
  template: row(['parts'], { reference: [3, 4, 5] }),
  /** The member's own mark, the container's, and that of a computed key. */
  field: row(['member', 'container', 'key'], { keeps: ['member'], reference: [6, 40] }),
  index: row(['member', 'container', 'key'], { keeps: ['member'], reference: [6, 28, 51] }),
  slice: row(['members', 'container', 'bounds'], { keeps: ['members'], reference: [6] }),
  wildcard: row(['members', 'container'], { keeps: ['members'], reference: [6] }),
  method: row(['receiver', 'arguments'], { reference: [7, 8, 9] }),
  /** `.length` and its kin: sizes are data. */
  size: row(['receiver'], { reference: [7] }),
  transformer: row(['input', 'arguments'], { reference: [10] }),
  array: row(['members'], { reference: [11] }),
  object: row(['members'], { reference: [12] }),
  spread: row(['source'], { reference: [13] }),
  /** What is shown of marks themselves carries nothing; sizes among the metadata are `size`. */
  metadata: row(['value'], { free: ['value'] }),

  // ── operators
  unary: row(['operand'], { reference: [15] }),
  binary: row(['left', 'right'], { reference: [15] }),
  and: row(['left', 'right'], { keeps: ['right'], reference: [17] }),
  or: row(['left', 'right'], { keeps: ['right'], reference: [16] }),
  coalesce: row(['left', 'right'], { keeps: ['right'], reference: [19] }),
  ternary: row(['test', 'value'], { keeps: ['value'], reference: [18] }),
  augment: row(['value', 'added'], { keeps: ['value'] }),

  // ── control flow; `context` is the join of the conditions around
  when: row(['subject', 'conditions', 'value'], { keeps: ['value'], reference: [20, 21, 22] }),
  ifElse: row(['test', 'value'], { keeps: ['value'], strict: ['test'] }),
  forEach: row(['items', 'filter', 'body'], { keeps: ['body'], reference: [23, 24, 29] }),
  /** What the loop variable holds. */
  forVariable: row(['element', 'items'], { keeps: ['element'], reference: [23] }),
  foreach: row(['arguments', 'results'], { keeps: ['results'], reference: [25] }),
  loop: row(['condition', 'value'], { keeps: ['value'], strict: ['condition'] }),
  assignment: row(['value', 'context'], { keeps: ['value'], strict: ['context'] }),
  effect: row(['value', 'context'], { keeps: ['value'], strict: ['context'] }),
  parallel: row(['members'], { keeps: ['members'], reference: [52] }),
  retry: row(['value', 'hint'], { keeps: ['value', 'hint'] }),
  denied: row(['value', 'denial'], { keeps: ['value'], strict: ['denial'] }),

  // ── executables, by the medium of their body
  exeTemplate: call('src:template', [25, 26, 30]),
  exeBlock: call('src:exe', [29, 30, 31]),
  exeCommand: call('src:cmd', [28, 30], 'command:%'),
  exeShell: call('src:sh', [27]),
  exeJs: call('src:js', [27, 32]),
  exeNode: call('src:node', [27]),
  exePython: call('src:py', [27]),
  /** A stage is a call of its executable with the piped value as first argument. */
  /** What a call answers is under what its function is: chosen by data, or from a module. */
  callee: row(['function', 'result'], { keeps: ['result'], reference: [42] }),
  stage: row(['input', 'call'], { keeps: ['call'], reference: [33, 34] }),
  mcp: call('src:mcp', [34, 44], 'mcp:%'),

  // ── commands and code written in place
  command: row(['parts', 'input', 'credentials'], { taint: ['src:cmd'], source: 'command:%', reference: [35, 37, 38] }),
  shell: row(['parts', 'input', 'credentials'], { taint: ['src:sh'], reference: [36] }),
  js: row(['arguments'], { taint: ['src:js'], reference: [36] }),
  node: row(['arguments', 'input', 'credentials'], { taint: ['src:node'], reference: [36] }),
  python: row(['arguments', 'input', 'credentials'], { taint: ['src:py'], reference: [36] }),
  credential: row([], { labels: ['secret'], source: 'auth:%', reference: [38] }),
  /** Exceptions, standard error and exit codes say what the block received. */
  failure: row(['inputs'], { reference: [55] }),

  // ── what comes from outside
  file: row(['path', 'recorded'], {
    taint: ['src:file'],
    taintEach: 'dir:%',
    source: '%',
    reference: [39, 40, 41, 47, 48, 49, 50],
  }),
  network: row(['address'], { taint: ['src:network'], source: '%' }),
  import: row(['value'], {
    keeps: ['value'],
    taint: ['src:file'],
    taintEach: 'dir:%',
    source: '%',
    reference: [42, 43],
  }),
  importNetwork: row(['value'], { keeps: ['value'], taint: ['src:network'], source: '%' }),
  input: row(['value'], { keeps: ['value'], taint: ['src:user'], source: 'input', reference: [46] }),
  payload: row(['value'], { keeps: ['value'], reference: [45] }),
  dynamic: row(['value'], { keeps: ['value'], taint: ['src:dynamic'], taintEach: 'src:%', source: 'dynamic-module' }),
  keychain: row(['arguments', 'captured', 'calls'], {
    labels: ['secret'],
    taint: ['src:keychain'],
    source: 'keychain.get',
  }),
  /** Beside what the command row says of what is run there. */
  environment: row([], { taint: ['src:cmd'], taintEach: 'src:env:%' }),
  box: row(['value', 'config'], { keeps: ['value'], strict: ['config'], reference: [53] }),

  // ── what goes out and comes back: the mark that is recorded for a file
  write: row(['value', 'path', 'context'], { strict: ['context'], source: 'directive:output', reference: [47, 48] }),
  append: row(['value', 'path', 'context'], { strict: ['context'], source: 'directive:append', reference: [49] }),
  hostWrite: row(['inputs'], { source: 'command:%', reference: [50] }),

  // ── guards and hooks
  guardTransform: row(['original', 'replacement'], { source: 'guard:%', reference: [54] }),
  hookTransform: row(['original', 'replacement']),
});

export type PropagationKey = keyof typeof PROPAGATION;

const additions = new Map<PropagationRow, Mark>();

/**
 * The mark of the result: the join of the inputs that count, and what the row adds. Joins are in
 * the order of the row's inputs.
 *
 * @param strict true under `policy.defaults.flow: "strict"`
 */
export function propagate(
  row: PropagationRow,
  strict: boolean,
  a: Mark = EMPTY,
  b: Mark = EMPTY,
  c: Mark = EMPTY,
): Mark {
  const bits = strict ? row.joins | row.strict : row.joins;
  let result = bits & 1 ? a : EMPTY;
  if (b !== EMPTY && bits & 2) result = join(result, b);
  if (c !== EMPTY && bits & 4) result = join(result, c);
  return row.labels.length || row.taint.length ? join(result, addition(row)) : result;
}

/**
 * What a row adds that depends on the single operation: its source, and one taint mark for each
 * detail of `each`. To be joined with what `propagate` returns.
 *
 * @param detail fills the `%` of the source; without a `%` the source is constant
 * @param each fills the `%` of `taintEach`: the ancestor directories of a file, nearest first
 */
export function originMark(row: PropagationRow, detail: string, each: readonly string[] = []): Mark {
  const taint = row.taintEach === null ? [] : each.map((part) => fill(row.taintEach!, part));
  return makeMark({ taint, sources: row.source === null ? [] : [fill(row.source, detail)] });
}

/** Takes the mark of an input into a mark. */
export type Joiner = (mark: Mark, input: Mark) => Mark;

/**
 * How the runtime joins one input of a row, looked up once where the operation is implemented: `join`
 * itself, so that asking the table costs an operation nothing.
 *
 * @throws Error when the row has no such input
 */
export function joiner(row: PropagationRow, input: string): Joiner {
  return counts(row, input) ? join : (mark) => mark;
}

/** The same for an input that joins in strict flow only. */
export function strictJoiner(row: PropagationRow, input: string): Joiner {
  return (row.strict & bit(row, input)) === 0 ? (mark) => mark : join;
}

/** The same where the input's labels come before the others. */
export function leadingJoiner(row: PropagationRow, input: string): Joiner {
  return counts(row, input) ? (mark, first) => join(first, mark) : (mark) => mark;
}

/**
 * Whether an input of a row joins; for code that collects marks in another way than one by one.
 * @throws Error when the row has no such input
 */
export function counts(row: PropagationRow, input: string): boolean {
  return (row.joins & bit(row, input)) !== 0;
}

function bit(row: PropagationRow, input: string): number {
  const index = row.inputs.indexOf(input);
  if (index < 0) throw new Error(`no input '${input}'`);
  return 1 << index;
}

/** The join for a call: `propagate`, then the executable's own labels (security.md 1.2). */
export function withExecutableLabels(row: PropagationRow, mark: Mark, labels: readonly string[]): Mark {
  return row.executable && labels.length ? join(mark, makeMark({ labels })) : mark;
}

/** The `dir:` details of a path: every ancestor directory, nearest first, without the root. */
export function ancestors(path: string): string[] {
  const result: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) result.push(path.slice(0, at));
  return result;
}

/** Filled by a function: a `$` in a path is no replacement pattern. */
function fill(pattern: string, detail: string): string {
  return pattern.replace('%', () => detail);
}

/** What a row adds whatever goes in: its labels and provenance. */
export function addition(row: PropagationRow): Mark {
  let mark = additions.get(row);
  if (!mark) {
    mark = makeMark({ labels: row.labels, taint: row.taint });
    additions.set(row, mark);
  }
  return mark;
}
