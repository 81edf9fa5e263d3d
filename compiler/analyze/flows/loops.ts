/** `loop`, and stages that are repeated: what `done` answers, in whichever turn. */

import type { LoopExpression } from '../../../grammar/ast.js';
import { walk } from '../walk.js';
import { truth } from './data.js';
import { evaluate, type Ran, runBlock } from './follow.js';
import { type Frame, maybe, newTurn } from './frame.js';
import { either, PLAIN, Scope, UNKNOWN, type Value } from './values.js';
import { LEAVE, NEXT, RETURN, type Ways } from './ways.js';

/**
 * The first turn is followed as it happens, the others all together: what they start from is what
 * any turn may have left behind.
 */
export function loopRun(node: LoopExpression, frame: Frame): Ran {
  const limit = node.limit ? evaluate(node.limit, frame) : null;
  const until = node.until ? truth(evaluate(node.until, { ...frame, scope: withInput(frame, PLAIN) })) : false;
  const isEntered = (limit === null || Number(limit.data) >= 1) && until === false;
  if (until === true) return { value: PLAIN, ways: NEXT };
  const turn = newTurn();
  const first = { ...(isEntered ? frame : maybe(frame)), turn, counters: FIRST };
  const ways = runBlock(node.body.body, { ...first, scope: withInput(frame, PLAIN) });
  const isOver = isEntered && !(ways & NEXT) && turn.continued.length === 0;
  if (!isOver) runBlock(node.body.body, { ...maybe(first), counters: undefined, scope: withInput(frame, UNKNOWN) });
  const values = isOver && ways === LEAVE ? turn.done : [...turn.done, PLAIN];
  return { value: either(values), ways: isOver && ways === RETURN ? RETURN : NEXT | returns(node, ways) };
}

/** What is known of the first turn. */
const FIRST: Frame['counters'] = new Map([['loop.iteration', 1]]);

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
