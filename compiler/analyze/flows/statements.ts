/** Statements in order: names, effects, and where control may go. */

import path from 'node:path';
import type { Block, CallStatement, OutputTarget, RunStatement, Statement, Template } from '../../../grammar/ast.js';
import { EMPTY, withLabels } from '../../../runtime/shared/marks.js';
import { choose } from './ambient.js';
import { truth } from './data.js';
import { noteWritten } from './files.js';
import { evaluate, knownText, type Ran, runValue } from './follow.js';
import { type Frame, here, maybe } from './frame.js';
import { forRun } from './iterations.js';
import { loopRun } from './loops.js';
import { importNames } from './modules.js';
import { activate, clausePolicy, underClause } from './policies.js';
import { checkCapability, checkFlow, printed } from './refusals.js';
import type { Place } from './reports.js';
import {
  constant,
  either,
  joined,
  marked,
  moved,
  outside,
  PLAIN,
  result,
  Scope,
  UNKNOWN,
  type Value,
} from './values.js';
import { LEAVE, NEXT, onward, RETURN, type Ways } from './ways.js';
import { whenRun } from './when.js';

/** Follows a block: where control may go behind it. */
export function runBlock(body: readonly Statement[], frame: Frame): Ways {
  const inner: Frame = { ...frame };
  let ways: Ways = NEXT;
  for (const node of body) {
    if (!(ways & NEXT)) break;
    inner.certain = frame.certain && ways === NEXT;
    ways = onward(ways, runStatement(node, inner).ways);
  }
  return ways;
}

/** Follows a block that is a value: any of its `=>`, or nothing. */
export function answerOf(body: readonly Statement[], frame: Frame): Ran {
  const answers: Value[] = [];
  const ways = runBlock(body, { ...frame, answers });
  if (ways & NEXT) answers.push(constant(null));
  return {
    value: answers.length === 0 ? UNKNOWN : either(answers),
    ways: (ways & LEAVE) | (answers.length === 0 ? 0 : NEXT),
  };
}

const on = (value: Value | null): Ran => ({ value, ways: NEXT });

/** Follows one statement; effects and `=>` answer a value. */
export function runStatement(node: Statement, around: Frame): Ran {
  const frame = 'with' in node && node.type !== 'ExeStatement' ? underClause(node.with, around) : around;
  const { scope } = frame;
  switch (node.type) {
    case 'VarStatement':
    case 'LetStatement':
      scope.set(node.name.name, declared(node, initialValue(node, frame), frame));
      return on(null);
    case 'AugmentStatement': {
      const added = evaluate(node.value, frame);
      const at = here(frame, node.loc, '');
      scope.update(node.name.name, (value) =>
        frame.certain ? { ...result('augment', at, value, added), exact: false } : { ...outside(value), exact: false },
      );
      return on(null);
    }
    case 'ExeStatement':
      scope.set(node.name.name, {
        ...PLAIN,
        exe: { node, unit: frame.unit, scope, policy: clausePolicy(node.with, frame) },
      });
      return on(null);
    case 'ShowStatement':
      return on(
        effect(node.value ? evaluate(node.value, frame) : null, 'show', frame, { span: node.loc, operation: 'show' }),
      );
    case 'LogStatement':
      return on(
        effect(node.value ? evaluate(node.value, frame) : null, 'log', frame, { span: node.loc, operation: 'log' }),
      );
    case 'OutputStatement':
    case 'AppendStatement': {
      const kind = node.type === 'OutputStatement' ? 'output' : 'append';
      const file = targetFile(node.target, frame);
      const place = { span: node.loc, operation: file ? `${kind} to "${path.relative(frame.unit.dir, file)}"` : kind };
      const value = effect(node.value ? evaluate(node.value, frame) : null, kind, frame, place, file);
      return on(value);
    }
    case 'FileStatement': {
      const file = projectFile(node.path, frame);
      const place = {
        span: node.loc,
        operation: file ? `file "${path.relative(frame.all.world.root, file)}"` : 'file',
      };
      return on(effect(evaluate(node.value, frame), 'output', frame, place, file));
    }
    case 'RunStatement':
    case 'CallStatement':
      return on(printedRun(node, frame));
    case 'StreamStatement':
      return on(runValue(node.value, frame));
    case 'EffectStatement':
    case 'ExpressionStatement':
      return on(evaluate(node.value, frame));
    case 'IfStatement':
      return ifRun(node, frame);
    case 'WhenStatement':
      return whenRun(node.when, frame, 'statement');
    case 'ForStatement':
      return forRun(node.for, frame, 'statement');
    case 'LoopStatement':
      return loopRun(node.loop, frame);
    case 'BoxStatement':
      return on(evaluate(node.box, frame));
    case 'ReturnStatement': {
      const value = node.value ? evaluate(node.value, frame) : PLAIN;
      const answer = relabelled(value, node, frame);
      frame.answers.push(answer);
      return { value: answer, ways: RETURN };
    }
    case 'ControlStatement': {
      const value = node.value ? evaluate(node.value, frame) : null;
      if (node.keyword === 'done') frame.turn.done.push(value ?? UNKNOWN);
      else frame.turn.continued.push(value ?? UNKNOWN);
      return { value: null, ways: LEAVE };
    }
    case 'BailStatement':
      if (node.message) evaluate(node.message, frame);
      frame.all.mayHaveEnded = true;
      return { value: null, ways: RETURN };
    case 'ImportStatement':
      importNames(node, frame);
      return on(null);
    case 'PolicyStatement':
      activate(node, frame);
      return on(null);
    case 'GuardStatement':
    case 'HookStatement':
      frame.all.bodies.push({ node, frame: { ...frame } });
      return on(null);
    case 'WantsStatement':
    case 'ProfilesStatement':
      choose(node, frame);
      return on(null);
    default:
      return on(null);
  }
}

/** What a call or a command prints; where it is refused itself nothing is printed. */
function printedRun({ value: what, loc }: RunStatement | CallStatement, frame: Frame): Value {
  const { told } = frame.all;
  const before = told.size;
  const value = runValue(what, frame);
  return told.size > before ? value : printed(value, loc, frame);
}

function ifRun(node: Extract<Statement, { type: 'IfStatement' }>, frame: Frame): Ran {
  const test = truth(evaluate(node.test, frame));
  const branch = (block: Block | null): Ways => {
    if (block === null) return NEXT;
    const scope = new Scope(frame.scope);
    return runBlock(block.body, test === undefined ? maybe(frame, scope) : { ...frame, scope });
  };
  const ways = test === undefined ? branch(node.consequent) | branch(node.alternate) : 0;
  return { value: null, ways: test === undefined ? ways : branch(test ? node.consequent : node.alternate) };
}

/** `=> pii @x` adds labels, and `untrusted` takes the place of `trusted`; what takes labels away is not followed. */
function relabelled(value: Value, { modifiers }: Extract<Statement, { type: 'ReturnStatement' }>, frame: Frame): Value {
  if (modifiers.length === 0) return value;
  if (modifiers.some(({ op, label }) => op !== 'add' || label === 'trusted' || label === 'untrusted')) return UNKNOWN;
  const labels = modifiers.map(({ label }) => label);
  return marked(value, withLabels(EMPTY, labels), here(frame, modifiers[0]!.loc, `enters: ${labels.join(', ')}`));
}

/** A container that is written out is evaluated when it is first used (language.md 4.1). */
function initialValue(node: Extract<Statement, { type: 'VarStatement' | 'LetStatement' }>, frame: Frame): Value {
  const { type, value } = node;
  if (type === 'LetStatement' || (value.type !== 'ArrayLiteral' && value.type !== 'ObjectLiteral'))
    return evaluate(value, frame);
  return {
    ...evaluate(value, { ...frame, tells: false }),
    used: (by) => evaluate(value, { ...frame, tells: by.tells, certain: by.certain }),
  };
}

function declared(
  node: Extract<Statement, { type: 'VarStatement' | 'LetStatement' }>,
  value: Value,
  frame: Frame,
): Value {
  const name = `@${node.name.name}`;
  const step = { file: frame.unit.file, span: node.name.loc, text: `held by ${name}` };
  const labels = node.labels.filter((label) => label !== 'tools');
  // What a watcher puts in the place of an executable is something else.
  const held = moved(frame.all.watchers.any ? { ...value, exe: null } : value, step);
  if (labels.length === 0) return held;
  return marked(held, withLabels(EMPTY, labels), here(frame, node.name.loc, `enters: ${labels.join(', ')} ${name}`));
}

function effect(given: Value | null, kind: string, frame: Frame, place: Place, file: string | null = null): Value {
  const value = given ?? frame.piped ?? UNKNOWN;
  if (file) checkCapability(frame, place, { kind: 'write', path: file });
  checkFlow(frame, place, [value], { labels: [], opLabels: [`op:${kind}`] });
  if (file) noteWritten(file, value, { file: frame.unit.file, span: place.span }, frame);
  return joined([value]);
}

/** Where `file` certainly writes: in the project, or in a box in a workspace nobody knows before. */
function projectFile(name: Template, frame: Frame): string | null {
  const text = frame.box ? null : knownText(name, frame);
  return text === null ? null : path.join(frame.all.world.root, text);
}

/** The absolute path an effect certainly writes to. */
function targetFile(target: OutputTarget, frame: Frame): string | null {
  if (target.kind !== 'file' || target.path.type !== 'Template') return null;
  const text = knownText(target.path, frame);
  return text === null || text.trim() === '' || /^[@~]|^[a-z]+:\/\//i.test(text)
    ? null
    : path.resolve(frame.unit.dir, text.trim());
}
