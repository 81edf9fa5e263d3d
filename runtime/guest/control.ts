/**
 * Strict flow (`policy.defaults.flow: "strict"`, security.md 1.6 item 3): what the way the program
 * went depends on.
 *
 * A condition over labelled data decides what happens, and also what does not happen: an effect in
 * the alternative that was not taken, a refusal or an error that would have ended the run. So its
 * mark is not scoped to the branch: from the condition on, everything the program does is under it.
 * Only where neither alternative can do anything but choose values — the compiler sees that
 * (compiler/emit/regions.ts) and emits no call of this file but `depends` — the mark stays with
 * the values.
 *
 * The mark only ever grows and is the run's, not a call's: branches that run side by side see each
 * other's, which is more than needed and never less. Without strict flow every function here is a
 * test of one boolean.
 */

import { EMPTY, type Mark, makeMark } from '../shared/marks.js';
import { PROPAGATION, strictJoiner } from '../shared/propagation.js';
import { Box } from './box.js';
import { truthy } from './values/truth.js';

/** A mark control depends on since the condition at `site`. */
export interface Influence {
  readonly mark: Mark;
  readonly site: number;
}

const joinTest = strictJoiner(PROPAGATION.ifElse, 'test');
const joinContext = strictJoiner(PROPAGATION.assignment, 'context');
/** The conditions of a `loop`. */
export const joinCondition = strictJoiner(PROPAGATION.loop, 'condition');
/** What a box is given. */
export const joinConfig = strictJoiner(PROPAGATION.box, 'config');
/** The conditions of guards. */
export const joinDenial = strictJoiner(PROPAGATION.denied, 'denial');

class Control {
  /** True once a policy asks for strict flow; it stays. */
  strict = false;
  /** The join of everything control depends on. */
  mark: Mark = EMPTY;
  /** The same in parts, earliest first: a refusal names the first that forbids, whatever came later. */
  readonly influences: Influence[] = [];
  /** Refuses a choice between alternatives one of which the policies forbid under what decides. */
  private refuse: ((operations: readonly string[]) => void) | null = null;

  /** Turns strict flow on. */
  enforce(refuse: (operations: readonly string[]) => void): void {
    this.strict = true;
    this.refuse = refuse;
  }

  /**
   * From here on control depends on `mark`.
   *
   * @param operations labels of what the alternatives may do, separated by blanks: what policies
   *   forbid is refused here, whichever alternative is taken
   * @param join how the propagation table takes what decides here into the mark
   */
  add(mark: Mark, site: number, operations?: string, join = joinTest): void {
    const part = influence(mark);
    const all = join(this.mark, part);
    if (all !== this.mark) {
      this.mark = all;
      this.influences.push({ mark: part, site });
    }
    if (operations && all !== EMPTY) this.refuse!(operations.split(' '));
  }
}

export const control = new Control();

const influences = new Map<Mark, Mark>();

/**
 * What of a condition's mark is passed on. Labels that vouch for data (`known`, `trusted`) say
 * nothing about what was chosen by looking at it, and guards that saw the condition have not seen
 * what it decides.
 */
function influence(mark: Mark): Mark {
  let part = influences.get(mark);
  if (!part) {
    part = makeMark({
      labels: mark.labels.filter(restricts),
      taint: mark.taint.filter(restricts),
      sources: mark.sources,
    });
    influences.set(mark, part);
  }
  return part;
}

function restricts(label: string): boolean {
  return label !== 'trusted' && label !== 'known' && !label.startsWith('known:');
}

/** Truth of a condition: a failed command is false (language.md 7.3). */
export function holds(value: Box): boolean {
  const { value: known, extra } = value;
  if (extra === null && typeof known === 'boolean') return known;
  return extra?.failed ? false : truthy(value);
}

/** Truth of a condition that decides what the program does, not only what a value is. */
export function branch(test: Box, site: number, operations?: string, join = joinTest): boolean {
  if (control.strict && test.deep !== EMPTY) control.add(test.deep, site, operations, join);
  return holds(test);
}

/** A condition of a guard. */
export function denies(test: Box, site: number): boolean {
  return branch(test, site, undefined, joinDenial);
}

/** A value that decides what the program does: the operand of `&&`, the function that is called. */
export function decisive(value: Box, site: number, operations?: string, join = joinTest): Box {
  if (control.strict && value.deep !== EMPTY) control.add(value.deep, site, operations, join);
  return value;
}

/** A collection whose size decides how often something is done. */
export function sized(source: Box, site: number, operations?: string): Box {
  if (control.strict && source.mark !== EMPTY) control.add(source.mark, site, operations);
  return source;
}

/** A variable that alternatives may have assigned, after them: `mark` is what decided between them. */
export function depends(value: Box, mark: Mark): Box {
  if (!control.strict || mark === EMPTY) return value;
  return new Box(value.value, joinContext(value.mark, mark), value.extra, joinContext(value.deep, mark));
}
