/**
 * Iteration: `for`, `loop`, and the batch and parallel forms (language.md 7.4–7.7). Bodies are
 * functions that answer an outcome; control words reach these functions as signals.
 */

import { additionsFirst, EMPTY, type Mark } from '../shared/marks.js';
import { joiner, PROPAGATION } from '../shared/propagation.js';
import type { BatchPosition } from './batches.js';
import { type Box, box, marked, memberUnder, NULL, under } from './box.js';
import type { Context } from './context.js';
import { branch, control, decisive, joinCondition } from './control.js';
import { note } from './document.js';
import { doorPost } from './door.js';
import { dual, isPromise, type Steps } from './dual.js';
import { blame, isFinal, MlldError, markOf } from './errors.js';
import { resultOf } from './executable.js';
import { isWatched, watched } from './security/watched.js';
import { type Outcome, Signal } from './signals.js';
import { toText } from './values/display.js';
import { type IterationItem, iterate } from './values/iterate.js';
import { makeArray } from './values/objects.js';

const joinItems = joiner(PROPAGATION.forEach, 'items');
const joinFilter = joiner(PROPAGATION.forEach, 'filter');
const joinSource = joiner(PROPAGATION.forVariable, 'items');
const joinArgument = joiner(PROPAGATION.foreach, 'arguments');

/** The body of an iteration, with its key as text and its index. */
export type IterationBody = (
  context: Context,
  value: Box,
  key: string,
  index: number,
) => Outcome | PromiseLike<Outcome>;

/** What an iteration runs over. The elements of an array are boxed one by one, as they are reached. */
class Items {
  readonly length: number;
  private readonly elements: readonly unknown[] | null;
  private readonly list: readonly IterationItem[];
  private readonly mark: Mark;

  constructor(source: Box, site: number) {
    const { value } = source;
    this.mark = joinSource(EMPTY, source.mark);
    this.elements = Array.isArray(value) && !source.extra?.keep ? value : null;
    this.list = this.elements ? [] : itemsOf(source, site);
    this.length = (this.elements ?? this.list).length;
  }

  key(i: number): string {
    return this.elements ? String(i) : this.list[i]!.key;
  }

  value(i: number): Box {
    return this.elements ? memberUnder(this.mark, this.elements[i]) : this.list[i]!.value;
  }
}

/** The key of an iteration as a value; emitted code asks for it only where the body names it. */
export function itemKey(key: string, value: Box): Box {
  return box(key, value.mark);
}

/** `for` as a value: one element per iteration. */
export const [forCollect, forCollectA] = dual(function* (
  context: Context,
  source: Box,
  body: IterationBody,
  site: number,
): Steps<Box> {
  if (isWatched('for'))
    return resultOf(
      yield* watched(context, 'for', [source], site, (inner, [given]) =>
        collect(inner, given ?? source, body, true, site),
      ),
    );
  return yield* collect(context, source, body, false, site);
});

function* collect(context: Context, source: Box, body: IterationBody, watch: boolean, site: number): Steps<Box> {
  const items = new Items(source, site);
  const results = new Results(source.mark);
  const total = items.length;
  for (let i = 0; i < total; i++) {
    const key = items.key(i);
    const value = items.value(i);
    const inner = context.iteration({ index: i, total, key, parallel: false });
    let outcome = watch ? yield* iterated(inner, value, key, i, body, site) : body(inner, value, key, i);
    if (isPromise(outcome)) outcome = (yield outcome) as Outcome;
    if (!results.add(outcome as Outcome)) break;
  }
  return results.array();
}

/** An iteration that a guard or hook names. */
export function* iterated(
  context: Context,
  value: Box,
  key: string,
  index: number,
  body: IterationBody,
  site: number,
  batch?: BatchPosition,
): Steps<Outcome> {
  // Batches are there for who watches; the body sees its iteration.
  const position = { ...context.for!, ...batch };
  const perform = function* (inner: Context, [given]: readonly (Box | undefined)[]): Steps<Outcome> {
    const outcome = body(batch ? inner.iteration(context.for!) : inner, given ?? value, key, index);
    return isPromise(outcome) ? ((yield outcome) as Outcome) : outcome;
  };
  return yield* watched(
    batch ? context.iteration(position) : context,
    'for:iteration',
    [value],
    site,
    perform,
    position,
  );
}

/** What the iterations answered, and what the number of elements depends on. */
export class Results {
  private readonly elements: Box[] = [];
  private mark: Mark;

  /** @param items the mark of what was iterated over */
  constructor(items: Mark) {
    this.mark = joinItems(EMPTY, items);
  }

  /** Adds what an iteration answered; false ends the loop. */
  add(outcome: Outcome): boolean {
    if (!(outcome instanceof Signal)) {
      const element = outcome ?? NULL;
      // The condition that kept the element is part of its mark.
      if (control.strict) this.mark = joinFilter(this.mark, element.deep);
      this.elements.push(element);
      return true;
    }
    switch (outcome.kind) {
      case 'skip':
        // The condition that left the element out.
        if (outcome.value) this.mark = joinFilter(this.mark, outcome.value.deep);
        return true;
      case 'continue':
        return true;
      case 'done':
        return false;
      default:
        this.elements.push(resultOf(outcome));
        return true;
    }
  }

  array(): Box {
    return marked(makeArray(this.elements), this.mark);
  }
}

/**
 * `for` as a directive. Answers a `return` signal when the body wrote `=>` (the executable around
 * it returns that value), else nothing.
 */
export const [forEach, forEachA] = dual(function* (
  context: Context,
  source: Box,
  body: IterationBody,
  site: number,
): Steps<Outcome> {
  if (isWatched('for'))
    return yield* watched(context, 'for', [source], site, (inner, [given]) =>
      each(inner, given ?? source, body, true, site),
    );
  return yield* each(context, source, body, false, site);
});

function* each(context: Context, source: Box, body: IterationBody, watch: boolean, site: number): Steps<Outcome> {
  const items = new Items(source, site);
  const total = items.length;
  for (let i = 0; i < total; i++) {
    const key = items.key(i);
    const value = items.value(i);
    const inner = context.iteration({ index: i, total, key, parallel: false });
    let outcome = watch ? yield* iterated(inner, value, key, i, body, site) : body(inner, value, key, i);
    if (isPromise(outcome)) outcome = (yield outcome) as Outcome;
    if (!(outcome instanceof Signal)) continue;
    if (outcome.kind === 'return') return outcome;
    if (outcome.kind === 'done') return undefined;
    if (outcome.kind === 'retry') resultOf(outcome);
  }
  return undefined;
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of a time given by a value: `"500ms"`, `"1s"`, or a number of seconds. */
export function durationOf(value: Box, site: number, directive = 'for'): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?\s*$/.exec(String(value.value));
  if (!match)
    throw new MlldError(
      'MlldDirective',
      'VALIDATION_FAILED',
      `Directive error (${directive}): '${toText(value)}' is not a duration such as 500ms or 1s.`,
      { site },
    );
  return Number(match[1]) * UNITS[match[2] ?? 's']!;
}

/** Waits `ms` milliseconds at the door, where the clock is. */
export async function sleep(ms: number, site: number): Promise<void> {
  await doorPost('clock.sleep', { ms }, site);
}

export function itemsOf(source: Box, site: number): IterationItem[] {
  try {
    return iterate(source, 'for', joinSource(EMPTY, source.mark));
  } catch (error) {
    if (error instanceof MlldError) error.site ??= site;
    throw blame(error, source.deep);
  }
}

export type LoopBody = (context: Context) => Outcome | PromiseLike<Outcome>;

/** `loop(limit, delay) until COND [ … ]` (language.md 7.7). Answers the value of `done`, or a `return`. */
export const [loop, loopA] = dual(function* (
  context: Context,
  limit: Box | null,
  delay: number,
  until: ((context: Context) => Box | PromiseLike<Box>) | null,
  body: LoopBody,
  site: number,
): Steps<Outcome> {
  const max = limit === null ? null : loopLimit(decisive(limit, site, undefined, joinCondition), site);
  const watch = isWatched('loop');
  let input: Box = box(null);
  for (let iteration = 1; max === null || iteration <= max; iteration++) {
    const inner = context.with({ input, loop: { iteration, limit: max } });
    if (until) {
      let test = until(inner);
      if (isPromise(test)) test = (yield test) as Box;
      if (branch(test as Box, site, undefined, joinCondition)) return box(null);
    }
    if (delay > 0 && iteration > 1) yield sleep(delay, site);
    let outcome = watch ? yield* turn(inner, body, site) : body(inner);
    if (isPromise(outcome)) outcome = (yield outcome) as Outcome;
    if (!(outcome instanceof Signal)) continue;
    if (outcome.kind === 'done') return outcome.value ?? box(null);
    if (outcome.kind === 'return') return outcome;
    if (outcome.kind === 'continue' && outcome.value) input = outcome.value;
    if (outcome.kind === 'retry') {
      throw new MlldError('MlldDirective', 'VALIDATION_FAILED', "Use 'continue' instead of 'retry' in loop bodies", {
        site: outcome.site,
      });
    }
  }
  return box(null);
});

/** A turn of a loop that a guard or hook names. */
function* turn(context: Context, body: LoopBody, site: number): Steps<Outcome> {
  return yield* watched(context, 'loop', [], site, function* (inner): Steps<Outcome> {
    const outcome = body(inner);
    return isPromise(outcome) ? ((yield outcome) as Outcome) : outcome;
  });
}

function loopLimit(limit: Box, site: number): number {
  const value = typeof limit.value === 'string' && limit.value.trim() !== '' ? Number(limit.value) : limit.value;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new MlldError('MlldDirective', 'VALIDATION_FAILED', 'Directive error (loop): loop limit expects a number.', {
      site,
    });
  }
  return value;
}

/** `VALUE | while(cap, delay) @f` (language.md 7.8). */
export function* whileSteps(
  context: Context,
  state: Box,
  limit: number | null,
  delay: number,
  step: (context: Context, state: Box) => Steps<Outcome>,
  site: number,
): Steps<Box> {
  let current = state;
  for (let iteration = 1; limit === null || iteration <= limit; iteration++) {
    if (delay > 0 && iteration > 1) yield sleep(delay, site);
    const outcome = yield* step(context.with({ while: { iteration, limit } }), current);
    if (!(outcome instanceof Signal)) {
      current = outcome ?? current;
      continue;
    }
    if (outcome.kind === 'done') return outcome.value ?? current;
    if (outcome.kind === 'continue') current = outcome.value ?? current;
    if (outcome.kind === 'retry') {
      throw new MlldError(
        'MlldDirective',
        'VALIDATION_FAILED',
        "Use 'continue' instead of 'retry' in while processors",
        { site: outcome.site },
      );
    }
  }
  throw new MlldError(
    'MlldDirective',
    'WHILE_CAP',
    `While loop reached cap (${limit}) without 'done'. Consider increasing cap or check termination logic.`,
    { site },
  );
}

/** `foreach @f(A, B)`: the cartesian product, leftmost slowest (language.md 7.6). */
export const [foreach, foreachA] = dual(function* (
  arrays: Box[],
  params: number,
  name: string,
  call: (args: Box[]) => Outcome | PromiseLike<Outcome>,
  site: number,
): Steps<Box> {
  if (arrays.length !== params) {
    throw new MlldError(
      'MlldDirective',
      'VALIDATION_FAILED',
      `Command '${name}' expects ${params} parameter${params === 1 ? '' : 's'}, but foreach is passing ${arrays.length} array${arrays.length === 1 ? '' : 's'}`,
      { site },
    );
  }
  const lists = arrays.map((array, i) => {
    if (!Array.isArray(array.value)) {
      throw new MlldError(
        'MlldDirective',
        'VALIDATION_FAILED',
        `Argument ${i + 1} to foreach must be an array, got ${typeof array.value}`,
        { site },
      );
    }
    return iterate(array, 'foreach', joinArgument(EMPTY, array.mark)).map((item) => item.value);
  });
  const total = lists.reduce((product, list) => product * list.length, 1);
  if (total > 10_000) {
    throw new MlldError(
      'MlldDirective',
      'VALIDATION_FAILED',
      `foreach would produce ${total} combinations; the limit is 10000`,
      { site },
    );
  }
  const results: Box[] = [];
  for (let n = 0; n < total; n++) {
    const args: Box[] = new Array(lists.length);
    let rest = n;
    for (let i = lists.length - 1; i >= 0; i--) {
      const list = lists[i]!;
      args[i] = list[rest % list.length]!;
      rest = Math.floor(rest / list.length);
    }
    let outcome = call(args);
    if (isPromise(outcome)) outcome = (yield outcome) as Outcome;
    if (!(outcome instanceof Signal && outcome.kind === 'skip'))
      results.push(elementOf(resultOf(outcome as Outcome), args));
  }
  // How many results there are tells how many elements there were.
  const size = arrays.reduce((mark, array) => joinArgument(mark, array.mark), EMPTY);
  return marked(makeArray(results), size);
});

/** Of an element the call's own marks come before those of what it was given. */
function elementOf(result: Box, args: readonly Box[]): Box {
  const given = args.map((arg) => arg.deep);
  return under(result, additionsFirst(result.mark, given));
}

/** A failing batch of `foreach` leaves the results as they were (language.md 7.4). */
export async function batchOrInput(input: Box, batch: (input: Box) => Box | Promise<Box>, site: number): Promise<Box> {
  try {
    return await batch(input);
  } catch (error) {
    if (!(error instanceof Error) || isFinal(error) || control.strict) throw error;
    note(`  ⚠ foreach batch error: ${error.message}`, markOf(error, input.deep), site);
    return input;
  }
}

/** What `show foreach …` prints: elements one a line, or through a template. */
export function foreachText(results: Box, separator: string | null, template: string | null): Box {
  const elements = iterate(results, 'foreach');
  const texts = elements.map(({ value }, i) =>
    template === null
      ? toText(value)
      : template.replaceAll('{{index}}', String(i)).replaceAll('{{result}}', () => toText(value)),
  );
  return box(texts.join(separator ?? '\n'), results.deep);
}
