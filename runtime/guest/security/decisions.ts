/**
 * Decisions that need not be made again. A guard whose conditions look at nothing but the operation
 * and the marks of its inputs (compiler/emit/guard-conditions.ts) answers the same whenever an
 * executable is called with the same marks. Marks are interned and executables do not change, so
 * what it allowed once is found by their identity: a call in a loop costs a lookup.
 *
 * Only what was plainly allowed is kept. A refusal is made anew, with its texts.
 */

import type { Mark } from '../../shared/marks.js';
import type { Box } from '../box.js';
import type { Executable } from '../executable.js';
import type { Plan } from './plan.js';
import { type Guard, markHas } from './registry.js';

/** What may be kept of one guard: programs have few marks, but what they read may have many. */
const MAX_KEPT = 10_000;

/** Calls by the marks of their inputs, in order. */
class Marks {
  isAllowed = false;
  private readonly next = new Map<Mark, Marks>();

  after(mark: Mark): Marks | undefined {
    return this.next.get(mark);
  }

  extended(mark: Mark, kept: Kept): Marks {
    let following = this.next.get(mark);
    if (!following) {
      following = new Marks();
      this.next.set(mark, following);
      kept.size++;
    }
    return following;
  }
}

/** What is kept of one guard. */
class Kept {
  size = 0;
  /** Asked about a call as a whole. */
  readonly whole = new WeakMap<Executable, Marks>();
  /** Asked about one input of a call. */
  readonly single = new WeakMap<Executable, Marks>();
}

const keptOf = new WeakMap<Guard, Kept>();

type Inputs = readonly (Box | undefined)[];

/** Whether all guards of the plan that are about the call are known to allow it. */
export function isKnownAllowed({ labelled, whole }: Plan, target: Executable, inputs: Inputs): boolean {
  for (let i = 0; i < whole.length; i++) {
    let marks = keptOf.get(whole[i]!)?.whole.get(target);
    for (let j = 0; marks !== undefined && j < inputs.length; j++) {
      const input = inputs[j];
      if (input !== undefined) marks = marks.after(input.deep);
    }
    if (!marks?.isAllowed) return false;
  }
  for (let j = 0; j < labelled.length; j++) {
    const guard = labelled[j]!;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i];
      if (input === undefined || !markHas(input.deep, guard.filter.value)) continue;
      if (!isScalar(input) || !keptOf.get(guard)?.single.get(target)?.after(input.deep)?.isAllowed) return false;
    }
  }
  return true;
}

/** Keeps that the guards of the plan have allowed the call, those of them that will answer the same. */
export function keepAllowed({ labelled, whole }: Plan, target: Executable, inputs: Inputs): void {
  for (const guard of whole) {
    if (!guard.byMarks) continue;
    const kept = roomFor(guard);
    let marks = callsOf(kept.whole, target);
    for (const input of inputs) if (input) marks = marks.extended(input.deep, kept);
    marks.isAllowed = true;
  }
  for (const guard of labelled) {
    if (!guard.byMarks) continue;
    const kept = roomFor(guard);
    for (const input of inputs)
      if (input && isScalar(input) && markHas(input.deep, guard.filter.value))
        callsOf(kept.single, target).extended(input.deep, kept).isAllowed = true;
  }
}

/** Of a container `.mx` may be data; a scalar has nothing but its mark there. */
function isScalar({ value }: Box): boolean {
  return typeof value !== 'object';
}

function callsOf(calls: WeakMap<Executable, Marks>, target: Executable): Marks {
  let marks = calls.get(target);
  if (!marks) {
    marks = new Marks();
    calls.set(target, marks);
  }
  return marks;
}

function roomFor(guard: Guard): Kept {
  let kept = keptOf.get(guard);
  if (!kept || kept.size >= MAX_KEPT) {
    kept = new Kept();
    keptOf.set(guard, kept);
  }
  return kept;
}
