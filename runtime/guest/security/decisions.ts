/**
 * Decisions that need not be made again. A guard whose conditions look at nothing but the operation
 * and the marks of its inputs (compiler/emit/guard-conditions.ts) answers the same whenever an
 * executable is called with the same marks, and so do policies. Marks are interned and executables do
 * not change, so what was allowed once is found by their identity: a call in a loop costs a lookup.
 *
 * Only what was plainly allowed is kept. A refusal is made anew, with its texts.
 */

import { EMPTY, type Mark } from '../../shared/marks.js';
import type { Box } from '../box.js';
import type { Executable } from '../executable.js';
import type { Plan } from './plan.js';
import { type Guard, markHas } from './registry.js';

/** What may be kept by one who decides: programs have few marks, but what they read may have many. */
const MAX_KEPT = 10_000;

type Inputs = readonly (Box | undefined)[];

/** In the place of an input that was left out. */
const LEFT_OUT: Mark = { ...EMPTY };

/** The marks of the inputs of a call, one after the other. */
class Marks {
  isAllowed = false;
  readonly next = new Map<Mark, Marks>();
}

/** What is known to be allowed: executables or what else stands for operations, and the marks of what goes in, in order. */
export class Allowed {
  private size = 0;
  private marks = new WeakMap<object, Marks>();

  has(target: object, inputs: Inputs): boolean {
    let marks = this.marks.get(target);
    for (let i = 0; marks !== undefined && i < inputs.length; i++) marks = marks.next.get(markOf(inputs[i]));
    return marks?.isAllowed === true;
  }

  add(target: object, inputs: Inputs): void {
    if (this.size >= MAX_KEPT) this.forget();
    let marks = this.marks.get(target) ?? new Marks();
    this.marks.set(target, marks);
    for (const input of inputs) {
      const following = marks.next.get(markOf(input)) ?? new Marks();
      marks.next.set(markOf(input), following);
      marks = following;
      this.size++;
    }
    marks.isAllowed = true;
  }

  forget(): void {
    this.marks = new WeakMap();
    this.size = 0;
  }
}

function markOf(input: Box | undefined): Mark {
  return input === undefined ? LEFT_OUT : input.deep;
}

/** Calls a guard has allowed as a whole. */
const wholeCalls = new WeakMap<Guard, Allowed>();
/** Calls with one input each: what a guard has said about that input. */
const singleInputs = new WeakMap<Guard, Allowed>();

/** Whether all guards of the plan that are about the call are known to allow it. */
export function isKnownAllowed({ labelled, whole, wholeByMarks }: Plan, target: Executable, inputs: Inputs): boolean {
  if (!wholeByMarks) return false;
  for (let i = 0; i < whole.length; i++) if (!wholeCalls.get(whole[i]!)?.has(target, inputs)) return false;
  for (let j = 0; j < labelled.length; j++) {
    const guard = labelled[j]!;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i];
      if (input === undefined || !markHas(input.deep, guard.filter.value)) continue;
      if (!isScalar(input) || !singleInputs.get(guard)?.has(target, [input])) return false;
    }
  }
  return true;
}

/**
 * Keeps that the guards of the plan have allowed the call. Where one about the whole looks at more than
 * marks they have to be asked anyway.
 */
export function keepAllowed({ labelled, whole, wholeByMarks }: Plan, target: Executable, inputs: Inputs): void {
  if (!wholeByMarks) return;
  for (const guard of whole) callsOf(wholeCalls, guard).add(target, inputs);
  for (const guard of labelled) {
    if (!guard.byMarks) continue;
    for (const input of inputs)
      if (input && isScalar(input) && markHas(input.deep, guard.filter.value))
        callsOf(singleInputs, guard).add(target, [input]);
  }
}

/** A member of a container may be what is looked at; of a scalar there is nothing but its mark. */
function isScalar({ value }: Box): boolean {
  return typeof value !== 'object';
}

function callsOf(known: WeakMap<Guard, Allowed>, guard: Guard): Allowed {
  const calls = known.get(guard) ?? new Allowed();
  known.set(guard, calls);
  return calls;
}
