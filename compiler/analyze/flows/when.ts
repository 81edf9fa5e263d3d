/** `when`: the arms a run may take, under the conditions it looks at on the way. */

import type { Action, Pattern, Statement, WhenArm, WhenExpression } from '../../../grammar/ast.js';
import { folded, truth } from './data.js';
import { answerOf, evaluate, type Ran, runBlock, runStatement, runValue } from './follow.js';
import { type Frame, here, maybe } from './frame.js';
import { underClause } from './policies.js';
import { printed } from './refusals.js';
import { either, joined, PLAIN, result, Scope, UNKNOWN, under, type Value } from './values.js';
import { NEXT, RETURN, type Ways } from './ways.js';

/** `value`: the answer is wanted; `statement`: what an arm answers leaves the executable. */
export type Use = 'value' | 'statement';

export function whenRun(node: WhenExpression, frame: Frame, use: Use): Ran {
  const scope = new Scope(frame.scope);
  const subject = node.subject ? evaluate(node.subject, frame) : PLAIN;
  const looked: Value[] = [subject];
  const answers: Value[] = [];
  let ways: Ways = 0;
  /** Whether the next arm is looked at at all; undefined where only a run knows. */
  let isReached: true | undefined = true;
  let isOpen = true;
  const inner = (): Frame => (isReached ? { ...frame, scope } : maybe(frame, scope));
  for (const entry of node.entries) {
    if (!isOpen) break;
    if (entry.type !== 'WhenArm') {
      runStatement(entry, inner());
      continue;
    }
    const test = testValue(entry, subject, inner());
    const holds = truth(test);
    looked.push(test);
    if (holds === false) continue;
    const arm = isReached && holds ? inner() : maybe(frame, scope);
    const ran = actionRun(entry.action, { ...arm, scope: new Scope(scope) }, use);
    ways |= ran.ways;
    if (ran.value && ran.ways & NEXT) answers.push(joinedUnder(ran.value, looked));
    isOpen = !holds;
    isReached = undefined;
  }
  if (isOpen) {
    ways |= NEXT;
    answers.push(joinedUnder(PLAIN, looked));
  }
  return { value: answers.length === 0 ? UNKNOWN : either(answers), ways };
}

function joinedUnder(value: Value, conditions: readonly Value[]): Value {
  const answer = under(value, conditions);
  return conditions.length > 1 ? { ...answer, exact: false } : answer;
}

function testValue({ test }: WhenArm, subject: Value, frame: Frame): Value {
  switch (test.kind) {
    case 'condition':
      return evaluate(test.value, frame);
    case 'pattern':
      return patternValue(test.pattern, subject, frame);
    default:
      return { ...PLAIN, data: true };
  }
}

function patternValue(pattern: Pattern, subject: Value, frame: Frame): Value {
  switch (pattern.kind) {
    case 'or':
    case 'and': {
      // Alternatives behind the first are only looked at where it did not decide.
      const [first, ...rest] = pattern.patterns.map((each, i) =>
        patternValue(each, subject, i === 0 ? frame : maybe(frame)),
      );
      const tests = [first!, ...rest].map(truth);
      const decides = pattern.kind === 'or';
      const isDecided = tests.includes(undefined) ? undefined : tests.includes(decides) === decides;
      const value = { ...joined([first!]), exact: false };
      return isDecided === undefined ? value : { ...value, data: isDecided };
    }
    default: {
      const value = evaluate(pattern.value, frame);
      const operator = pattern.kind === 'compare' ? pattern.operator : '==';
      const data = folded(operator, subject, value);
      const test = result('binary', here(frame, pattern.value.loc, ''), subject, value);
      return data === undefined ? test : { ...test, data };
    }
  }
}

/** Follows what an arm or an iteration does. */
export function actionRun(action: Action, frame: Frame, use: Use): Ran {
  if (action.type === 'Block') {
    if (use === 'value') return answerOf(action.body, frame);
    return { value: null, ways: runBlock(action.body, frame) };
  }
  const isAnswer = answersBy(action);
  // At the top level of a module what an arm answers is printed.
  if (isAnswer && use === 'statement' && frame.calls.length === 0) {
    if (action.type !== 'ExpressionStatement') return runStatement(action, frame);
    return { value: printed(evaluate(action.value, frame), action.loc, frame), ways: NEXT };
  }
  const ran = isAnswer ? { value: answerOfArm(action, frame), ways: NEXT } : runStatement(action, frame);
  if (use === 'value' && action.type === 'ReturnStatement') return { value: ran.value, ways: NEXT };
  if (use === 'value' || !isAnswer) return ran;
  // In an executable a value ends it.
  if (ran.value) frame.answers.push(ran.value);
  return { value: null, ways: ran.ways | RETURN };
}

function answerOfArm(action: Answering, frame: Frame): Value {
  if (action.type === 'ExpressionStatement') return evaluate(action.value, frame);
  return runValue(action.value, underClause(action.with, frame));
}

/** Statements whose value is what the arm answers. */
type Answering = Extract<Statement, { type: 'ExpressionStatement' | 'CallStatement' | 'RunStatement' }>;

function answersBy(node: Statement): node is Answering {
  return node.type === 'ExpressionStatement' || node.type === 'CallStatement' || node.type === 'RunStatement';
}
