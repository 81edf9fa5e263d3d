/** Statements in order: names, effects, and where control may go. */

import path from 'node:path';
import type { OutputTarget, Statement } from '../../../grammar/ast.js';
import { EMPTY, withLabels } from '../../../runtime/shared/marks.js';
import { constantsOf, templateText } from '../../resolve/constants.js';
import { evaluate, runValue } from './expressions.js';
import { type Frame, here, maybe } from './frame.js';
import { importNames } from './modules.js';
import { activate } from './policies.js';
import { checkCapability, checkFlow, type Place } from './refusals.js';
import { joined, marked, moved, PLAIN, result, Scope, UNKNOWN, type Value } from './values.js';

/** Follows a block; the value is what its `=>` certainly answers. */
export function runBlock(body: readonly Statement[], frame: Frame): Value {
  const inner: Frame = { ...frame };
  let answer: Value | null = null;
  for (const node of body) {
    const value = runStatement(node, inner);
    if (node.type === 'ReturnStatement' && answer === null && inner.certain === frame.certain) answer = value;
    if (mayLeave(node)) inner.certain = false;
    if (node.type === 'ReturnStatement') break;
  }
  return answer ?? UNKNOWN;
}

/** Whether what follows the statement in its block may not be reached. */
function mayLeave(node: Statement): boolean {
  return [
    'IfStatement',
    'WhenStatement',
    'ForStatement',
    'LoopStatement',
    'BoxStatement',
    'ControlStatement',
    'BailStatement',
  ].includes(node.type);
}

/** Follows one statement; effects and `=>` answer a value. */
export function runStatement(node: Statement, frame: Frame): Value | null {
  const { scope } = frame;
  switch (node.type) {
    case 'VarStatement':
    case 'LetStatement':
      scope.set(node.name.name, declared(node, initialValue(node, frame), frame));
      return null;
    case 'AugmentStatement': {
      const added = evaluate(node.value, frame);
      const at = here(frame, node.loc, '');
      scope.update(node.name.name, (value) =>
        frame.certain
          ? { ...result('augment', at, value, added), exact: false }
          : { ...value, members: null, exact: false },
      );
      return null;
    }
    case 'ExeStatement':
      scope.set(node.name.name, { ...PLAIN, exe: { node, unit: frame.unit, scope } });
      return null;
    case 'ShowStatement':
      return effect(node.value ? evaluate(node.value, frame) : null, 'show', frame, {
        span: node.loc,
        operation: 'show',
      });
    case 'LogStatement':
      return effect(node.value ? evaluate(node.value, frame) : null, 'log', frame, {
        span: node.loc,
        operation: 'log',
      });
    case 'OutputStatement':
    case 'AppendStatement': {
      const kind = node.type === 'OutputStatement' ? 'output' : 'append';
      const file = targetFile(node.target, frame);
      const place = { span: node.loc, operation: file ? `${kind} to "${file}"` : kind };
      if (file) checkCapability(frame, place, { kind: 'write', path: file });
      return effect(node.value ? evaluate(node.value, frame) : null, kind, frame, place);
    }
    case 'RunStatement':
    case 'CallStatement':
    case 'StreamStatement':
      return runValue(node.value, frame);
    case 'EffectStatement':
    case 'ExpressionStatement':
      return evaluate(node.value, frame);
    case 'IfStatement':
      evaluate(node.test, frame);
      runBlock(node.consequent.body, maybe(frame, new Scope(scope)));
      if (node.alternate) runBlock(node.alternate.body, maybe(frame, new Scope(scope)));
      return null;
    case 'WhenStatement':
      return evaluate(node.when, frame);
    case 'ForStatement':
      return evaluate(node.for, frame);
    case 'LoopStatement':
      return evaluate(node.loop, frame);
    case 'BoxStatement':
      return evaluate(node.box, frame);
    case 'ReturnStatement': {
      const value = node.value ? evaluate(node.value, frame) : PLAIN;
      return node.modifiers.length === 0 ? value : { ...UNKNOWN };
    }
    case 'ImportStatement':
      importNames(node, frame);
      return null;
    case 'PolicyStatement':
      activate(node, frame);
      return null;
    default:
      return null;
  }
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

function effect(given: Value | null, kind: string, frame: Frame, place: Place): Value {
  const value = given ?? frame.piped ?? UNKNOWN;
  checkFlow(frame, place, [value], { labels: [], opLabels: [`op:${kind}`] });
  return joined([value]);
}

/** The absolute path an effect certainly writes to. */
function targetFile(target: OutputTarget, frame: Frame): string | null {
  if (target.kind !== 'file' || target.path.type !== 'Template') return null;
  const text = templateText(target.path, constantsOf(frame.unit.ast, frame.all.world.root));
  return text === null || text.trim() === '' || /^[@~]|^[a-z]+:\/\//i.test(text)
    ? null
    : path.resolve(frame.unit.dir, text.trim());
}
