/** Calls: the operation policies judge, and the body with its parameters bound. */

import type { Expression, Span } from '../../../grammar/ast.js';
import { makeMark } from '../../../runtime/shared/marks.js';
import { mediumOf } from '../../emit/exes.js';
import { walk } from '../walk.js';
import { codeValue, commandValue } from './commands.js';
import { evaluate, partsValue, runValue } from './expressions.js';
import { type Frame, here } from './frame.js';
import { checkCapability, checkFlow } from './refusals.js';
import { runBlock } from './statements.js';
import { deep, type Exe, joined, marked, moved, PLAIN, result, Scope, UNKNOWN, type Value } from './values.js';

const DEPTH_LIMIT = 16;
const MEDIA = new Set(['cmd', 'sh', 'js', 'node', 'py']);

/** What a call certainly answers; `piped` calls are stages of a pipeline. */
export function callValue(exe: Exe, args: readonly Value[], frame: Frame, at: { span: Span; piped: boolean }): Value {
  const { node, unit } = exe;
  const { labels, body, name } = node;
  const place = { span: at.span, operation: `call of @${name.name}` };
  const medium = mediumOf(body);
  const captured = capturedBy(exe);
  if (medium === 'js' || medium === 'node' || medium === 'py')
    checkCapability(frame, place, { kind: 'language', language: medium });
  const [first] = args;
  const given = mayLose(frame, name.name, args) ? [] : args;
  checkFlow(frame, place, [...given, ...captured], {
    labels,
    opLabels: [...(MEDIA.has(medium) ? [`op:${medium}`] : []), 'op:exe'],
    firstArgument: first ? deep(first).mark : null,
  });
  if (frame.calls.includes(exe) || frame.calls.length >= DEPTH_LIMIT) return UNKNOWN;
  const scope = new Scope(exe.scope);
  (node.params ?? []).forEach((param, i) => {
    const step = { file: frame.unit.file, span: at.span, text: `passed as @${param.name} of @${name.name}` };
    scope.set(param.name, args[i] ? moved(args[i], step) : PLAIN);
  });
  const inner: Frame = {
    ...frame,
    unit,
    scope,
    calls: [...frame.calls, exe],
    piped: at.piped ? first : undefined,
  };
  const value = bodyValue(exe, inner);
  const added = makeMark({ labels, taint: MEDIA.has(medium) ? [] : [`src:${medium}`] });
  const answered = joined([value, ...args, ...captured]);
  const entered = here({ ...frame, unit }, node.loc, `enters: the result of exe @${name.name}`);
  // Calls inside add what they are labelled with, which is not followed.
  const exact = answered.exact && medium !== 'exe' && !labels.includes('llm') && !frame.boxed;
  return { ...marked(answered, added, entered), exact };
}

/** Where something else may be passed, only what it stands for keeps its marks: the others may be left out. */
function mayLose({ all: { watchers } }: Frame, name: string, args: readonly Value[]): boolean {
  return args.length > 1 && (watchers.calls === null || watchers.calls.has(name));
}

/** What a tool of a server certainly answers. */
export function toolValue(name: string, args: readonly Value[], frame: Frame, span: Span): Value {
  const place = { span, operation: `call of @${name}` };
  const [first] = args;
  const given = mayLose(frame, name, args) ? [] : args;
  checkFlow(frame, place, given, { labels: [], opLabels: ['op:exe'], firstArgument: first ? deep(first).mark : null });
  const at = here(frame, span, `src:mcp enters: the answer of @${name}`);
  const answer = result('mcp', at, joined(args));
  // In a box a collection may say more about the tool.
  return frame.boxed ? { ...answer, exact: false } : answer;
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
      return runBlock(body.body, frame);
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

/** Variables the body reads from around it: they are inputs like the arguments. */
function capturedBy({ node, scope }: Exe): Value[] {
  const own = new Set((node.params ?? []).map(({ name }) => name));
  const read = new Set<string>();
  walk(node.body, (inner) => {
    if (inner.type === 'LetStatement' || inner.type === 'VarStatement') own.add((inner.name as { name: string }).name);
    if (inner.type === 'ForExpression' || inner.type === 'TemplateFor') {
      own.add(inner.value as string);
      if (inner.key) own.add(inner.key as string);
    }
    if (inner.type === 'Reference') read.add(inner.name as string);
    return true;
  });
  return [...read].flatMap((name) => {
    const value = own.has(name) ? undefined : scope.get(name);
    return value && value.exe === null ? [deep(value)] : [];
  });
}
