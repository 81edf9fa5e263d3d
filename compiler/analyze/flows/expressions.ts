/** What is certain about the value of an expression. */

import type { Expression, TemplatePart } from '../../../grammar/ast.js';
import { constantsOf, templateText } from '../../resolve/constants.js';
import { boxValue } from './boxes.js';
import { codeValue, commandValue } from './commands.js';
import { folded, textOf, truth } from './data.js';
import { fileValue } from './files.js';
import { answerOf, runStatement } from './follow.js';
import { type Frame, here, maybe } from './frame.js';
import { elementsOf, foreachValue, forRun, groupValue } from './iterations.js';
import { loopRun } from './loops.js';
import { pipelineValue, stageValue } from './pipelines.js';
import { underClause } from './policies.js';
import { referenceValue } from './references.js';
import {
  constant,
  either,
  joined,
  PLAIN,
  result,
  type Scalar,
  Scope,
  SOMEWHERE,
  TOOL_ENTRIES,
  UNKNOWN,
  under,
  type Value,
} from './values.js';
import { whenRun } from './when.js';

/** Follows an expression: what it certainly carries, with every refusal on the way told. */
export function evaluate(node: Expression, frame: Frame): Value {
  if (frame.all.budget-- <= 0) return UNKNOWN;
  const at = here(frame, node.loc, '');
  switch (node.type) {
    case 'Literal':
      return known(node.value, frame);
    case 'Wildcard':
      return known(true, frame);
    case 'RegexLiteral':
    case 'KeywordCondition':
      return PLAIN;
    case 'Template':
      return partsValue(node.parts, frame);
    case 'ArrayLiteral':
      return arrayValue(node, frame);
    case 'ObjectLiteral':
      return objectValue(node, frame);
    case 'Reference':
      return referenceValue(node, frame);
    case 'UnaryExpression': {
      const operand = evaluate(node.operand, frame);
      const test = truth(operand);
      const value = result('unary', at, operand);
      return test === undefined ? value : { ...value, data: !test };
    }
    case 'BinaryExpression':
      return binaryValue(node, frame);
    case 'TernaryExpression': {
      const test = evaluate(node.test, frame);
      const decided = truth(test);
      if (decided !== undefined) return under(evaluate(decided ? node.consequent : node.alternate, frame), [test]);
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
      return pipelineValue(node, underClause(node.with, frame));
    case 'WhenExpression':
      return whenRun(node, frame, 'value').value ?? UNKNOWN;
    case 'ForExpression':
      return forRun(node, frame, 'value').value ?? UNKNOWN;
    case 'ForeachExpression':
      return foreachValue(node, underClause(node.with, frame));
    case 'LoopExpression':
      return loopRun(node, frame).value ?? UNKNOWN;
    case 'BlockExpression':
      return answerOf(node.body, { ...frame, scope: new Scope(frame.scope) }).value ?? UNKNOWN;
    case 'RunExpression':
      return runValue(node.value, underClause(node.with, frame));
    case 'StreamExpression':
      return runValue(node.value, frame);
    case 'EffectExpression':
      return runStatement(node.effect, frame).value ?? UNKNOWN;
    case 'ParallelGroup':
      return groupValue(node, frame);
    case 'BoxExpression':
      return boxValue(node, frame);
    case 'McpExpression':
      evaluate(node.spec, frame);
      return { ...UNKNOWN, tool: TOOL_ENTRIES };
    default:
      return UNKNOWN;
  }
}

/** A scalar that is written out; hooks and guards may put something else in the place of any value. */
function known(data: Scalar, frame: Frame): Value {
  return frame.all.watchers.any ? PLAIN : constant(data);
}

/** `run @f` calls what it names. */
export function runValue(node: Expression, frame: Frame): Value {
  if (node.type !== 'Reference' || node.access.at(-1)?.kind === 'call') return evaluate(node, frame);
  return evaluate({ ...node, access: [...node.access, { kind: 'call', args: [], loc: node.loc }] }, frame);
}

/** A text: the join of what is interpolated. */
export function partsValue(parts: readonly TemplatePart[], frame: Frame): Value {
  const values = parts.map((part) => partValue(part, frame));
  const texts = values.map(textOf);
  const value = joined(values);
  return texts.includes(undefined) || frame.all.watchers.any ? value : { ...value, data: texts.join('') };
}

function partValue(part: TemplatePart, frame: Frame): Value {
  switch (part.type) {
    case 'TemplateText':
      return constant(part.text);
    case 'TemplateReference': {
      const value = referenceValue(part.ref, frame);
      const { modifier } = part;
      const given = part.pipes.reduce(
        (input, ref) => stageValue({ kind: 'call', ref, loc: ref.loc }, input, frame),
        value,
      );
      if (modifier.kind === 'none') return given.data === undefined ? joined([given]) : given;
      const test = truth(value);
      if (modifier.kind !== 'fragment' || test === false) return { ...joined([given]), exact: false };
      const fragment = partsValue(modifier.parts, test === undefined ? maybe(frame) : frame);
      return { ...joined(test === undefined ? [given] : [given, fragment]), exact: false };
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
        const inner = { ...frame, counters: undefined };
        return partsValue(part.body, isKnown ? { ...inner, scope } : maybe(inner, scope));
      });
      return isKnown ? { ...joined([container, ...texts]), exact: false } : UNKNOWN;
    }
  }
}

/** What a path or a name in quotes says; null where only a run knows. */
export function knownText(node: Extract<Expression, { type: 'Template' }>, frame: Frame): string | null {
  const text = templateText(node, constantsOf(frame.unit.ast, frame.all.world.root));
  return text ?? textOf(partsValue(node.parts, { ...frame, tells: false })) ?? null;
}

function arrayValue(node: Extract<Expression, { type: 'ArrayLiteral' }>, frame: Frame): Value {
  const members = new Map<string, Value>();
  let isKnown = true;
  for (const { value: element, optional } of node.elements) {
    const value = evaluate(element, frame);
    const kept = !optional || truth(value);
    isKnown &&= kept !== undefined;
    if (kept) members.set(String(members.size), value);
  }
  if (isKnown) return { ...PLAIN, members, shape: 'list' };
  // What may be left out moves what comes after it.
  const inside = joined([...members.values()]);
  return { ...UNKNOWN, members: new Map([[SOMEWHERE, inside]]), shape: 'list' };
}

function objectValue(node: Extract<Expression, { type: 'ObjectLiteral' }>, frame: Frame): Value {
  const members = new Map<string, Value>();
  let rest: Value = PLAIN;
  for (const member of node.members) {
    if (member.kind === 'pair') {
      const value = evaluate(member.value, frame);
      const kept = !member.optional || truth(value);
      if (kept) members.set(member.key, value);
      else if (kept === undefined) {
        members.delete(member.key);
        rest = joined([rest, UNKNOWN]);
      }
    } else {
      const source = referenceValue(member.value, frame);
      rest = joined([rest, { ...source, members: null, exact: source.exact && source.members !== null }]);
      // What is not known by name may stand in the place of what came before.
      if (source.members === null || !source.exact) members.clear();
      for (const [name, value] of source.members ?? []) members.set(name, value);
    }
  }
  return { ...rest, members, shape: 'object' };
}

function binaryValue(node: Extract<Expression, { type: 'BinaryExpression' }>, frame: Frame): Value {
  const { operator } = node;
  const at = here(frame, node.loc, '');
  const left = evaluate(node.left, frame);
  if (operator !== '&&' && operator !== '||' && operator !== '??') {
    const right = evaluate(node.right, frame);
    const value = result('binary', at, left, right);
    const data = folded(operator, left, right);
    return data === undefined ? value : { ...value, data };
  }
  const answers = answersAlone(operator, left);
  if (answers === true) return left;
  if (answers === false) return under(evaluate(node.right, frame), [left]);
  const right = evaluate(node.right, maybe(frame));
  return { ...either([joined([left]), joined([left, right])]), exact: false };
}

/** Whether the left operand of a logical operator is the answer. */
function answersAlone(operator: '&&' | '||' | '??', left: Value): boolean | undefined {
  if (operator === '??') return left.data === undefined ? undefined : left.data !== null;
  const test = truth(left);
  return test === undefined ? undefined : test === (operator === '||');
}
