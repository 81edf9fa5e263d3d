/** Lists and what is done with each of their elements: loops, `foreach`, parallel groups. */

import type { Action, Expression, Reference } from '../../../grammar/ast.js';
import { walk } from '../walk.js';
import { counting } from './ambient.js';
import { callValue, toolValue } from './calls.js';
import { truth } from './data.js';
import type { Ran } from './follow.js';
import { evaluate, runValue } from './follow.js';
import { type Frame, maybe, newTurn } from './frame.js';
import { branchValue, stageValue } from './pipelines.js';
import { referenceValue } from './references.js';
import {
  deep,
  either,
  joined,
  listOf,
  listWith,
  moved,
  outside,
  PLAIN,
  Scope,
  SOMEWHERE,
  UNKNOWN,
  under,
  type Value,
} from './values.js';
import { LEAVE, NEXT, RETURN, type Ways } from './ways.js';
import { actionRun, type Use } from './when.js';

/** Lists longer than this are followed for what their members have in common. */
const UNROLLED = 32;

type ForExpression = Extract<Expression, { type: 'ForExpression' }>;

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
  const isWritten = items.members !== null && items.exact && !items.members.has(SOMEWHERE);
  const members = isWritten && !frame.all.watchers.any ? [...items.members!.values()] : [];
  const container = outside(items);
  const isKnown = members.length > 0 && members.length <= UNROLLED;
  const each = isKnown
    ? members
    : [items.members && isWritten ? either([...items.members.values(), UNKNOWN]) : UNKNOWN];
  return { each: each.map((member) => under(member, [container])), container, isKnown };
}

/** A list that is written out is gone through; otherwise the body may never run. */
export function forRun(node: ForExpression, frame: Frame, use: Use): Ran {
  const { each, container, isKnown } = elementsOf(evaluate(node.items, frame), frame);
  const answers: Value[] = [];
  const filters: Value[] = [];
  let left: Ways = 0;
  let isComplete = isKnown && !node.arms;
  const total = each.length;
  for (const [index, item] of each.entries()) {
    const scope = new Scope(frame.scope);
    scope.set(node.value, moved(item, { file: frame.unit.file, span: node.loc, text: `taken as @${node.value}` }));
    if (node.key) scope.set(node.key, UNKNOWN);
    const isSure = isKnown && left === 0;
    const filter = node.filter ? evaluate(node.filter, isSure ? { ...frame, scope } : maybe(frame, scope)) : null;
    const kept = filter === null ? true : truth(filter);
    if (filter) filters.push(filter);
    if (kept === false) continue;
    if (kept === undefined) isComplete = false;
    const counters = counting(frame, 'for', isKnown ? { index, total } : null);
    const inner = isSure && kept && !node.arms ? { ...frame, scope } : maybe(frame, scope);
    const parallel = node.parallel !== null;
    const ran = actionRun(
      node.body,
      {
        ...inner,
        counters,
        spared: frame.spared || parallel,
        scope: new Scope(scope),
        turn: newTurn(),
        answers: parallel ? [] : frame.answers,
      },
      parallel ? 'value' : use,
    );
    if (!(ran.ways === NEXT)) isComplete = false;
    const answer = ran.value ?? UNKNOWN;
    const value = parallel && !cannotFail(node.body, scope) ? survivor(answer, item) : answer;
    answers.push(filter ? under(value, [filter]) : value);
    left |= ran.ways & (LEAVE | RETURN);
    if (ran.ways === RETURN && isSure && kept && !node.arms) break;
  }
  const mayReturn = use === 'statement' && (left & RETURN || (!isKnown && mentionsReturn(node)));
  const list = isComplete && answers.length > 0 ? listOf(answers, container) : filtered(container, filters, isKnown);
  const value = node.batch.reduce((input, stage) => stageValue(stage, input, frame), list);
  return { value, ways: NEXT | (mayReturn ? RETURN : 0) };
}

/** A filter is part of what it keeps and of the list it leaves something out of. */
function filtered(container: Value, filters: readonly Value[], isKnown: boolean): Value {
  const list = { ...listOf(null, container), exact: false };
  return isKnown && filters.length > 0 ? listWith(either(filters.map((filter) => joined([filter]))), list) : list;
}

/** What is sure of a parallel branch: one that fails is an element with the marks of what it was given. */
function survivor(value: Value, item: Value): Value {
  const given = { ...deep(item), exact: false };
  if (!value.failed) return joined([given]);
  return under(either([joined([value]), joined([value.failed, given])]), [given]);
}

/** Texts of variables, and variables, are always there. */
function cannotFail(body: Action, scope: Scope): boolean {
  if (body.type !== 'ExpressionStatement') return false;
  const isBound = (ref: Reference): boolean => ref.access.length === 0 && scope.get(ref.name) !== undefined;
  const { value } = body;
  if (value.type === 'Reference') return isBound(value);
  if (value.type !== 'Template') return value.type === 'Literal';
  return value.parts.every(
    (part) =>
      part.type === 'TemplateText' ||
      (part.type === 'TemplateReference' &&
        isBound(part.ref) &&
        part.pipes.length === 0 &&
        part.modifier.kind === 'none'),
  );
}

function mentionsReturn(node: ForExpression): boolean {
  let found = false;
  walk(node.body, ({ type }) => {
    found ||= type === 'ReturnStatement' || type === 'WhenStatement';
    return !found;
  });
  return found;
}

/** `foreach @f(A, B)`: calls with every combination; lists that are not written out may be empty. */
export function foreachValue(node: Extract<Expression, { type: 'ForeachExpression' }>, frame: Frame): Value {
  const target = referenceValue(node.callee, frame);
  const lists = node.args.map((argument) => elementsOf(evaluate(argument, frame), frame));
  const isKnown = lists.length > 0 && lists.every((list) => list.isKnown);
  const combinations = lists.reduce<Value[][]>(
    (rows, { each }) => rows.flatMap((row) => each.map((value) => [...row, value])).slice(0, UNROLLED + 1),
    [[]],
  );
  const inner = isKnown ? frame : maybe(frame);
  const turn = newTurn();
  const results = combinations.slice(0, UNROLLED).map((args) => {
    if (target.exe) return callValue(target.exe, args, { ...inner, turn }, { span: node.loc, piped: false });
    return target.tool ? toolValue(target.tool, args, inner, node.loc) : UNKNOWN;
  });
  const isComplete =
    isKnown && combinations.length <= UNROLLED && turn.done.length === 0 && !(target.exe && mayLeaveOut(target));
  const container = joined(lists.map((list) => list.container));
  const list = isComplete ? listOf(results, container) : { ...listOf(null, container), exact: false };
  return node.batch.reduce((value, stage) => stageValue(stage, value, frame), list);
}

/** Whether a call may answer no element. */
function mayLeaveOut({ exe }: Value): boolean {
  let leaves = false;
  walk(exe?.node.body, ({ type }) => {
    leaves ||= type === 'ControlStatement';
    return !leaves;
  });
  return leaves;
}

/** `|| @a() || @b()`: a member that fails is an element with the marks of what its call was given. */
export function groupValue(node: Extract<Expression, { type: 'ParallelGroup' }>, frame: Frame): Value {
  return listOf(
    node.members.map((member) => branchValue(runValue(member, { ...frame, spared: true }))),
    PLAIN,
  );
}
