/** Lists and what is done with each of their elements: loops, `foreach`, parallel groups. */

import type { Action, Expression } from '../../../grammar/ast.js';
import { walk } from '../walk.js';
import { callValue, toolValue } from './calls.js';
import { actionValue, evaluate, referenceValue, runValue } from './expressions.js';
import { type Frame, maybe } from './frame.js';
import { stageValue } from './pipelines.js';
import { type Exe, either, joined, listOf, moved, PLAIN, Scope, UNKNOWN, type Value } from './values.js';

/** Lists longer than this are followed for what their members have in common. */
const UNROLLED = 32;

export interface Elements {
  /** The elements, or one that stands for all of them. */
  each: Value[];
  /** The list without its elements. */
  container: Value;
  /** True when these are all the elements there are, and there are some. */
  isKnown: boolean;
}

/** What a list is gone through by. */
export function elementsOf(items: Value, frame: Frame): Elements {
  const members = items.members && items.exact && !frame.all.watchers.any ? [...items.members.values()] : [];
  const container = { ...items, members: null };
  const isKnown = members.length > 0 && members.length <= UNROLLED;
  const each = isKnown ? members : [items.members ? either([...items.members.values(), UNKNOWN]) : UNKNOWN];
  return {
    each: each.map((member) => (member.exe ? member : { ...joined([member, container]), members: member.members })),
    container,
    isKnown,
  };
}

/** A list that is written out is gone through; otherwise the body may never run. */
export function forValue(node: Extract<Expression, { type: 'ForExpression' }>, frame: Frame): Value {
  const { each, container, isKnown } = elementsOf(evaluate(node.items, frame), frame);
  const answers = each.map((item) => {
    const scope = new Scope(frame.scope);
    scope.set(node.value, moved(item, { file: frame.unit.file, span: node.loc, text: `taken as @${node.value}` }));
    if (node.key) scope.set(node.key, UNKNOWN);
    if (node.filter) evaluate(node.filter, maybe(frame, scope));
    const certain = frame.certain && isKnown && node.filter === null && !node.arms;
    const answer = actionValue(node.body, { ...frame, scope: new Scope(scope), certain });
    // An iteration of a parallel loop that fails is an element with the marks of what it was given.
    return node.parallel ? { ...UNKNOWN, mark: item.mark, trail: item.trail } : answer;
  });
  const members = isKnown && node.filter === null && !node.arms && !mayLeaveOut(node.body) ? answers : null;
  return node.batch.reduce((value, stage) => stageValue(stage, value, frame), listOf(members, container));
}

/** Whether an iteration may answer no element, or end the loop. */
function mayLeaveOut(body: Action): boolean {
  let leaves = false;
  walk(body, ({ type }) => {
    leaves ||= type === 'ControlStatement' || type === 'WhenExpression' || type === 'IfStatement';
    return !leaves;
  });
  return leaves;
}

/** `foreach @f(A, B)`: calls with every combination; lists that are not written out may be empty. */
export function foreachValue(node: Extract<Expression, { type: 'ForeachExpression' }>, frame: Frame): Value {
  const target = referenceValue(node.callee, frame);
  const lists = node.args.map((argument) => elementsOf(evaluate(argument, frame), frame));
  const isKnown = lists.length > 0 && lists.every((list) => list.isKnown);
  const combinations = lists.reduce<Value[][]>(
    (rows, { each }) => rows.flatMap((row) => each.map((value) => [...row, value])),
    [[]],
  );
  const inner = isKnown ? frame : maybe(frame);
  const results = combinations.slice(0, UNROLLED).map((args) => {
    if (target.exe) return callValue(target.exe, args, inner, { span: node.loc, piped: false });
    return target.tool ? toolValue(target.tool, args, inner, node.loc) : UNKNOWN;
  });
  const isComplete = isKnown && combinations.length <= UNROLLED && !(target.exe && mayLeaveOut(bodyOf(target.exe)));
  const list = listOf(isComplete ? results : null, PLAIN);
  return node.batch.reduce((value, stage) => stageValue(stage, value, frame), list);
}

function bodyOf({ node }: Exe): Action {
  return node.body as unknown as Action;
}

/** `|| @a() || @b()`: a member that fails is an element without marks, so only what cannot fail is known. */
export function groupValue(node: Extract<Expression, { type: 'ParallelGroup' }>, frame: Frame): Value {
  const members = node.members.map((member) => {
    const value = runValue(member, frame);
    return cannotFail(member, frame) ? value : UNKNOWN;
  });
  return listOf(members, PLAIN);
}

/** Texts are always made; commands, code and what is not followed may fail. */
function cannotFail(node: Expression, frame: Frame): boolean {
  if (node.type !== 'Reference' || node.access.length > 1) return false;
  const { exe } = frame.scope.get(node.name) ?? UNKNOWN;
  const [call] = node.access;
  const isText =
    exe?.node.body.type === 'Template' && exe.node.body.parts.every(({ type }) => type !== 'TemplateFileRef');
  const args = call?.kind === 'call' ? call.args : [];
  return isText && args.every((arg) => arg.type === 'Literal' || (arg.type === 'Reference' && arg.access.length === 0));
}
