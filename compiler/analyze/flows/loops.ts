/** `loop`, and stages that are repeated: what `done` answers, in whichever turn. */

import type { LoopExpression } from '../../../grammar/ast.js';
import { walk } from '../walk.js';
import { counting } from './ambient.js';
import { truth } from './data.js';
import { evaluate, type Ran, runBlock } from './follow.js';
import { type Frame, maybe, newTurn } from './frame.js';
import { either, PLAIN, Scope, UNKNOWN, type Value } from './values.js';
import { NEXT, RETURN, type Ways } from './ways.js';

/** Loops with a written limit up to this are followed turn by turn. */
const UNROLLED = 8;

/**
 * The first turns are followed as they happen, the others all together: what they start from is what
 * any turn may have left behind.
 */
export function loopRun(node: LoopExpression, frame: Frame): Ran {
  const limit = node.limit ? Number(evaluate(node.limit, frame).data) : null;
  const until = node.until ? truth(evaluate(node.until, { ...frame, scope: withInput(frame, PLAIN) })) : false;
  if (until === true) return { value: PLAIN, ways: NEXT };
  const last = limit !== null && limit >= 1 && limit <= UNROLLED ? limit : 1;
  const done: Value[] = [];
  let isReached = (limit === null || limit >= 1) && until === false;
  let ways: Ways = 0;
  for (let iteration = 1; iteration <= last; iteration++) {
    const turn = newTurn();
    const scope = withInput(frame, iteration === 1 ? PLAIN : UNKNOWN);
    const counters = counting(frame, 'loop', { iteration });
    const behind = runBlock(node.body.body, { ...(isReached ? frame : maybe(frame)), turn, counters, scope });
    ways |= behind;
    done.push(...turn.done);
    const isOver = isReached && !(behind & NEXT) && turn.continued.length === 0;
    if (isOver) return overAfter(done, behind);
    // What ends the loop or changes what `until` sees leaves the next turn open.
    isReached &&= turn.done.length === 0 && !(behind & RETURN) && node.until === null;
  }
  if (last !== limit) {
    const turn = newTurn();
    const counters = counting(frame, 'loop', null);
    runBlock(node.body.body, { ...maybe(frame), turn, counters, scope: withInput(frame, UNKNOWN) });
    done.push(...turn.done);
  }
  return { value: either([...done, PLAIN]), ways: NEXT | returns(node, ways) };
}

/** A turn behind which there is certainly none. */
function overAfter(done: readonly Value[], behind: Ways): Ran {
  if (!(behind & RETURN)) return { value: either(done), ways: NEXT };
  return { value: UNKNOWN, ways: done.length > 0 ? NEXT | RETURN : RETURN };
}

function withInput(frame: Frame, input: Value): Scope {
  const scope = new Scope(frame.scope);
  scope.set('input', input);
  return new Scope(scope);
}

/** Whether some turn may leave the executable. */
function returns(node: LoopExpression, ways: Ways): Ways {
  let found = (ways & RETURN) !== 0;
  walk(node.body, ({ type }) => {
    found ||= type === 'ReturnStatement' || type === 'BailStatement' || type === 'WhenStatement';
    return !found;
  });
  return found ? RETURN : 0;
}
