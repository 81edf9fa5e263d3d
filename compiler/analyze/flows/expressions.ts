/** What is certain about the value of an expression. */

import path from 'node:path';
import type { Accessor, Action, Expression, FileExpression, Reference, TemplatePart } from '../../../grammar/ast.js';
import { EMPTY, join, makeMark } from '../../../runtime/shared/marks.js';
import { ancestors, originMark, PROPAGATION } from '../../../runtime/shared/propagation.js';
import { constantsOf, templateText } from '../../resolve/constants.js';
import { isUrl } from '../../resolve/remote.js';
import { callValue, toolValue } from './calls.js';
import { codeValue, commandValue } from './commands.js';
import { type Frame, here, maybe } from './frame.js';
import { elementsOf, foreachValue, forValue, groupValue } from './iterations.js';
import { pipelineValue } from './pipelines.js';
import { checkCapability } from './refusals.js';
import { runBlock, runStatement } from './statements.js';
import { deep, either, joined, marked, PLAIN, result, Scope, UNKNOWN, type Value } from './values.js';

/** Follows an expression: what it certainly carries, with every refusal on the way told. */
export function evaluate(node: Expression, frame: Frame): Value {
  if (frame.all.budget-- <= 0) return UNKNOWN;
  const at = here(frame, node.loc, '');
  switch (node.type) {
    case 'Literal':
    case 'RegexLiteral':
    case 'Wildcard':
    case 'KeywordCondition':
      return PLAIN;
    case 'Template':
      return partsValue(node.parts, frame);
    case 'ArrayLiteral': {
      const members = node.elements.map(({ value }) => evaluate(value, frame));
      const optional = node.elements.some((element) => element.optional);
      return { ...(optional ? UNKNOWN : PLAIN), members: new Map(members.map((member, i) => [String(i), member])) };
    }
    case 'ObjectLiteral':
      return objectValue(node, frame);
    case 'Reference':
      return referenceValue(node, frame);
    case 'UnaryExpression':
      return result('unary', at, evaluate(node.operand, frame));
    case 'BinaryExpression': {
      const lazy = node.operator === '&&' || node.operator === '||' || node.operator === '??';
      const left = evaluate(node.left, frame);
      const right = evaluate(node.right, lazy ? maybe(frame) : frame);
      if (lazy) return { ...result('binary', at, left, PLAIN), exact: false };
      return result('binary', at, left, right);
    }
    case 'TernaryExpression': {
      const test = evaluate(node.test, frame);
      const branch = maybe(frame);
      return result('ternary', at, test, either([evaluate(node.consequent, branch), evaluate(node.alternate, branch)]));
    }
    case 'FileExpression':
      return fileValue(node, frame);
    case 'CommandExpression':
      return commandValue(node, frame);
    case 'CodeExpression':
      return codeValue(node, frame, 'value');
    case 'Pipeline':
      return pipelineValue(node, frame);
    case 'WhenExpression':
      return whenValue(node, frame);
    case 'ForExpression':
      return forValue(node, frame);
    case 'ForeachExpression':
      return foreachValue(node, frame);
    case 'LoopExpression':
      runBlock(node.body.body, maybe(frame, new Scope(frame.scope)));
      return UNKNOWN;
    case 'BlockExpression':
      return runBlock(node.body, { ...frame, scope: new Scope(frame.scope) });
    case 'RunExpression':
    case 'StreamExpression':
      return runValue(node.value, frame);
    case 'EffectExpression':
      return runStatement(node.effect, frame) ?? UNKNOWN;
    case 'ParallelGroup':
      return groupValue(node, frame);
    case 'BoxExpression':
      return boxValue(node, frame);
    default:
      // Servers answer what they like.
      return UNKNOWN;
  }
}

/** `run @f` calls what it names. */
export function runValue(node: Expression, frame: Frame): Value {
  if (node.type !== 'Reference' || node.access.at(-1)?.kind === 'call') return evaluate(node, frame);
  return evaluate({ ...node, access: [...node.access, { kind: 'call', args: [], loc: node.loc }] }, frame);
}

/** A text: the join of what is interpolated. */
export function partsValue(parts: readonly TemplatePart[], frame: Frame): Value {
  return joined(parts.map((part) => partValue(part, frame)));
}

function partValue(part: TemplatePart, frame: Frame): Value {
  switch (part.type) {
    case 'TemplateText':
      return PLAIN;
    case 'TemplateReference': {
      const value = deep(referenceValue(part.ref, frame));
      return part.modifier.kind === 'none' && part.pipes.length === 0 ? value : { ...value, exact: false };
    }
    case 'TemplateFileRef':
      // A file that is not there is empty text.
      fileValue(part.file, frame);
      return UNKNOWN;
    case 'TemplateFor': {
      const { each, container, isKnown } = elementsOf(evaluate(part.items, frame), frame);
      const texts = each.map((item) => {
        const scope = new Scope(frame.scope);
        scope.set(part.value, item);
        if (part.key) scope.set(part.key, UNKNOWN);
        return partsValue(part.body, isKnown ? { ...frame, scope } : maybe(frame, scope));
      });
      return isKnown ? { ...joined([container, ...texts]), exact: false } : UNKNOWN;
    }
  }
}

function objectValue(node: Extract<Expression, { type: 'ObjectLiteral' }>, frame: Frame): Value {
  const members = new Map<string, Value>();
  let rest: Value = PLAIN;
  for (const member of node.members) {
    if (member.kind === 'pair') {
      members.set(member.key, evaluate(member.value, frame));
      if (member.optional) rest = UNKNOWN;
    } else {
      const source = referenceValue(member.value, frame);
      if (source.members === null) rest = joined([rest, { ...source, exact: false }]);
      else {
        rest = joined([rest, { ...source, members: null }]);
        for (const [name, value] of source.members) members.set(name, value);
      }
    }
  }
  return { ...rest, members };
}

/** `@name` with what follows it. */
export function referenceValue(node: Reference, frame: Frame): Value {
  const start = frame.scope.get(node.name);
  if (frame.tells) start?.used?.(frame);
  // Names nobody defined stay as they are written; those of the system are nobody's labels.
  let value = start ?? UNKNOWN;
  for (const [index, access] of node.access.entries()) value = accessed(value, access, node, index, frame);
  return value;
}

function accessed(value: Value, access: Accessor, node: Reference, index: number, frame: Frame): Value {
  const at = here(frame, access.loc, '');
  switch (access.kind) {
    case 'field': {
      if (access.name === 'mx') return UNKNOWN;
      if (value.tool === '*') return { ...UNKNOWN, tool: access.name };
      // A method is named by the field before its call.
      if (node.access[index + 1]?.kind === 'call' && !value.members?.has(access.name)) return value;
      return memberOf(value, access.name);
    }
    case 'call': {
      const args = access.args.map((argument) => evaluate(argument, frame));
      if (value.exe) return callValue(value.exe, args, frame, { span: node.loc, piped: false });
      if (value.tool) return toolValue(value.tool, args, frame, node.loc);
      const before = node.access[index - 1];
      if (before?.kind !== 'field') return UNKNOWN;
      return { ...result('method', at, { ...value, members: null, exact: false }, joined(args)), exact: false };
    }
    case 'index': {
      const key = evaluate(access.index, frame);
      const name = access.index.type === 'Literal' ? String(access.index.value) : null;
      const member = name === null ? { ...value, members: null, exact: false } : memberOf(value, name);
      return result('index', at, member, PLAIN, key);
    }
    case 'slice':
    case 'wildcard':
      return { ...value, members: null, exact: false };
  }
}

/** A member carries its own labels and those of the container. */
function memberOf(value: Value, name: string): Value {
  const member = value.members?.get(name);
  const container = { ...value, members: null, exe: null };
  if (member === undefined) return { ...container, exact: false };
  if (value.mark === EMPTY) return member;
  return { ...joined([member, container]), members: member.members, exe: member.exe };
}

/** `<path>`: provenance of the file; policies are asked about reading it. */
function fileValue(node: FileExpression, frame: Frame): Value {
  const { unit, all } = frame;
  const text = templateText(node.path, constantsOf(unit.ast, all.world.root));
  const plain = node.sections === null && node.select === null && node.access.length === 0 && node.as === null;
  const place = { span: node.loc, operation: `reading <${text ?? '…'}>` };
  if (text === null || /[*?{[]/.test(text)) return UNKNOWN;
  if (isUrl(text)) {
    const { hostname } = URL.canParse(text) ? new URL(text) : { hostname: '' };
    if (hostname !== '') checkCapability(frame, place, { kind: 'network', domain: hostname });
    const entered = here(frame, node.loc, `src:network enters: <${text}>`);
    return { ...marked(PLAIN, makeMark({ taint: ['src:network'], sources: [text] }), entered), recorded: true };
  }
  if (/^[@~]/.test(text)) return UNKNOWN;
  const full = path.resolve(unit.dir, text);
  checkCapability(frame, place, { kind: 'read', path: full });
  if (node.optional) return UNKNOWN;
  const mark = join(makeMark({ taint: PROPAGATION.file.taint }), originMark(PROPAGATION.file, full, ancestors(full)));
  const entered = here(frame, node.loc, `src:file enters: <${text}>`);
  return { ...marked(PLAIN, mark, entered), exact: plain, recorded: true };
}

function whenValue(node: Extract<Expression, { type: 'WhenExpression' }>, frame: Frame): Value {
  const scope = new Scope(frame.scope);
  const subject = node.subject ? evaluate(node.subject, frame) : PLAIN;
  const answers: Value[] = [];
  let first: Value | null = null;
  let isComplete = false;
  for (const entry of node.entries) {
    if (entry.type !== 'WhenArm') {
      runStatement(entry, { ...frame, scope, certain: frame.certain && first === null });
      continue;
    }
    const { test, action } = entry;
    if (test.kind === 'condition') {
      const value = evaluate(test.value, first === null ? { ...frame, scope } : maybe(frame, scope));
      first ??= value;
    }
    first ??= PLAIN;
    isComplete ||= test.kind === 'any' || (test.kind === 'condition' && test.value.type === 'Wildcard');
    answers.push(actionValue(action, maybe(frame, new Scope(scope))));
  }
  const at = here(frame, node.loc, '');
  const answer = isComplete ? either(answers) : UNKNOWN;
  return { ...result('when', at, subject, first ?? PLAIN, answer), exact: false };
}

/** What an arm or an iteration answers. */
export function actionValue(action: Action, frame: Frame): Value {
  if (action.type === 'Block') return runBlock(action.body, frame);
  return runStatement(action, frame) ?? UNKNOWN;
}

/** `box … [ … ]`: what is inside is certain to run; its files are those of a workspace. */
function boxValue(node: Extract<Expression, { type: 'BoxExpression' }>, frame: Frame): Value {
  if (node.config) evaluate(node.config, frame);
  const value = runBlock(node.body.body, { ...frame, scope: new Scope(frame.scope), boxed: true });
  return { ...joined([value]), exact: false };
}
