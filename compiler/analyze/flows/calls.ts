/** Calls: the operation policies judge, and the body with its parameters bound. */

import type { ExeStatement, Expression, Span } from '../../../grammar/ast.js';
import { makeMark } from '../../../runtime/shared/marks.js';
import { influencedLabels } from '../../../runtime/shared/policy/flow.js';
import { distinct } from '../../../runtime/shared/record.js';
import { mediumOf } from '../../emit/exes.js';
import { walk } from '../walk.js';
import { codeValue, commandValue } from './commands.js';
import { answerOf, evaluate, partsValue, runValue } from './follow.js';
import { type Frame, here } from './frame.js';
import { checkCapability, checkFlow } from './refusals.js';
import { deep, type Exe, joined, marked, moved, PLAIN, result, Scope, UNKNOWN, under, type Value } from './values.js';

const DEPTH_LIMIT = 16;
const MEDIA = new Set(['cmd', 'sh', 'js', 'node', 'py']);

/** What a call certainly answers; `piped` calls are stages of a pipeline. */
export function callValue(exe: Exe, args: readonly Value[], frame: Frame, at: { span: Span; piped: boolean }): Value {
  const { node, unit } = exe;
  const { labels, body, name } = node;
  const terms = frame.box?.terms?.get(exe);
  const called = terms ? distinct([...labels, ...terms.labels]) : labels;
  const call = { name: name.name, exe, args, labels: called };
  const place = { span: at.span, operation: `call of @${name.name}`, call };
  const medium = mediumOf(body);
  const captured = capturedBy(exe);
  const handled = frame.handled || handlesDenied(node);
  const fragments = exe.policy ? [...frame.fragments, exe.policy] : frame.fragments;
  const around: Frame = { ...frame, handled, fragments };
  if (medium === 'js' || medium === 'node' || medium === 'py')
    checkCapability(around, place, { kind: 'language', language: medium });
  const [first] = args;
  const given = mayLose(frame, name.name, args) ? [] : args;
  checkFlow(around, place, [...given, ...captured], {
    labels: called,
    opLabels: [...(MEDIA.has(medium) ? [`op:${medium}`] : []), 'op:exe'],
    firstArgument: first ? deep(first).mark : null,
  });
  if (frame.calls.some((each) => each.exe === exe) || frame.calls.length >= DEPTH_LIMIT) return UNKNOWN;
  // What it calls says itself what it has read.
  const received = joined([...args, ...readBy(exe).filter((value) => value.exe === null)]);
  const scope = new Scope(exe.scope);
  (node.params ?? []).forEach((param, i) => {
    const step = { file: frame.unit.file, span: at.span, text: `passed as @${param.name} of @${name.name}` };
    scope.set(param.name, args[i] ? moved(args[i], step) : PLAIN);
  });
  const inner: Frame = {
    ...around,
    unit,
    scope,
    answers: [],
    calls: [...frame.calls, { exe, at: { file: frame.unit.file, span: at.span }, judged: received }],
    piped: at.piped ? first : undefined,
    counters: undefined,
  };
  const value = bodyValue(exe, inner);
  const influenced = influencedLabels(frame.all.policies, labels, [received.mark]);
  const added = makeMark({ labels: [...called, ...influenced], taint: MEDIA.has(medium) ? [] : [`src:${medium}`] });
  const entered = here({ ...frame, unit }, node.loc, `enters: the result of exe @${name.name}`);
  // What is answered in the place of a refused call has neither its value nor its labels.
  if (handlesDenied(node)) return { ...received, exact: false, failed: received };
  const answered = under(value, [received]);
  // Calls inside add what they are labelled with, which is not followed.
  const exact = answered.exact && medium !== 'exe' && !labels.includes('llm') && frame.box?.terms !== null;
  return { ...marked(answered, added, entered), exact, failed: received };
}

/** Where something else may be passed, only what it stands for keeps its marks: the others may be left out. */
function mayLose({ all: { watchers } }: Frame, name: string, args: readonly Value[]): boolean {
  return args.length > 1 && (watchers.calls === null || watchers.calls.has(name));
}

/** What a tool of a server certainly answers. */
export function toolValue(name: string, args: readonly Value[], frame: Frame, span: Span): Value {
  const place = { span, operation: `call of @${name}`, call: { name, exe: null, args, labels: [] } };
  const [first] = args;
  const given = mayLose(frame, name, args) ? [] : args;
  checkFlow(frame, place, given, { labels: [], opLabels: ['op:exe'], firstArgument: first ? deep(first).mark : null });
  const at = here(frame, span, `src:mcp enters: the answer of @${name}`);
  const answer = result('mcp', at, joined(args));
  // In a box a collection may say more about the tool.
  return frame.box ? { ...answer, exact: false } : answer;
}

function bodyValue({ node, unit }: Exe, frame: Frame): Value {
  const { body } = node;
  switch (body.type) {
    case 'TemplateFileBody': {
      const file = unit.templates.get(node);
      return file ? { ...partsValue(file.ast.body, { ...frame, tells: false }), exact: false } : UNKNOWN;
    }
    case 'ProseBody':
      return UNKNOWN;
    case 'BlockExpression':
      return answerOf(body.body, frame).value ?? UNKNOWN;
    default:
      return directValue(body, frame);
  }
}

function directValue(body: Expression, frame: Frame): Value {
  switch (body.type) {
    case 'CommandExpression':
      return commandValue(body, frame);
    case 'CodeExpression':
      return codeValue(body, frame, 'exe');
    case 'RunExpression':
    case 'StreamExpression':
      return body.value.type === 'CommandExpression' || body.value.type === 'CodeExpression'
        ? directValue(body.value, frame)
        : runValue(body.value, frame);
    case 'NewExpression':
      return UNKNOWN;
    default:
      return evaluate(body, frame);
  }
}

/** What the body and what it calls read from around them: inputs of the call like the arguments. */
function capturedBy(exe: Exe, seen = new Set<unknown>()): Value[] {
  if (seen.has(exe.node)) return [];
  seen.add(exe.node);
  return readBy(exe).flatMap((value) => (value.exe ? capturedBy(value.exe, seen) : [deep(value)]));
}

/** The variables the body reads from around it. */
function readBy({ node, scope }: Exe): Value[] {
  const own = new Set((node.params ?? []).map(({ name }) => name));
  const read = new Set<string>();
  walk(node.body, (inner) => {
    if (inner.type === 'LetStatement' || inner.type === 'VarStatement') own.add((inner.name as { name: string }).name);
    if (inner.type === 'ForExpression' || inner.type === 'TemplateFor') {
      own.add(inner.value as string);
      if (inner.key) own.add(inner.key as string);
    }
    if (inner.type === 'Reference') read.add(inner.name as string);
    if (inner.type === 'UsingClause' && inner.kind === 'var') read.add(inner.name as string);
    return true;
  });
  return [...read].flatMap((name) => (own.has(name) ? [] : (scope.get(name) ?? [])));
}

/** A `denied` condition in the top-level `when` of the body answers refusals of the call and of all that is in it (security.md 3.7). */
function handlesDenied({ body }: ExeStatement): boolean {
  if (body.type !== 'WhenExpression') return false;
  return body.entries.some(({ type, ...entry }) => {
    let mentions = false;
    if (type === 'WhenArm')
      walk((entry as { test?: unknown }).test, (node) => {
        mentions ||= node.type === 'KeywordCondition' && node.keyword === 'denied';
        return !mentions;
      });
    return mentions;
  });
}
