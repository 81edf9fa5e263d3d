/** Pipelines: a stage is a call with the piped value as its first argument. */

import type { Pipeline, Stage } from '../../../grammar/ast.js';
import { callValue, toolValue } from './calls.js';
import { pipedInto } from './commands.js';
import { evaluate, runStatement } from './follow.js';
import { type Frame, here, newTurn } from './frame.js';
import { referenceValue } from './references.js';
import { either, joined, listOf, PLAIN, result, UNKNOWN, type Value } from './values.js';

export function pipelineValue({ source, stages }: Pipeline, frame: Frame): Value {
  return stages.reduce((value, stage) => stageValue(stage, value, frame), evaluate(source, frame));
}

/** The value after a stage. */
export function stageValue(stage: Stage, input: Value, frame: Frame): Value {
  switch (stage.kind) {
    case 'call': {
      const last = stage.ref.access.at(-1);
      const extra = last?.kind === 'call' ? last.args.map((arg) => evaluate(arg, frame)) : [];
      const access = last?.kind === 'call' ? stage.ref.access.slice(0, -1) : stage.ref.access;
      const target = referenceValue({ ...stage.ref, access }, frame);
      if (target.exe) return callValue(target.exe, [input, ...extra], frame, { span: stage.loc, piped: true });
      if (target.tool) return joined([input, toolValue(target.tool, [input, ...extra], frame, stage.loc)]);
      const isKnown = frame.scope.get(stage.ref.name) !== undefined;
      // What is none of the program's names is a transformer, which keeps all it is given.
      if (isKnown || access.length > 0) return UNKNOWN;
      return { ...result('transformer', here(frame, stage.loc, ''), input, joined(extra)), exact: false };
    }
    case 'command':
      return pipedInto(stage.command, input, frame);
    case 'code':
      return pipedInto(stage.code, input, frame);
    case 'effect':
      runStatement(stage.effect, { ...frame, piped: input });
      return input;
    case 'parallel':
      return listOf(
        stage.stages.map((branch) => branchValue(stageValue(branch, input, { ...frame, spared: true }))),
        PLAIN,
      );
    case 'while':
      return repeatedValue(stage, input, frame);
  }
}

/** `| while(n) @f`: the first turn is given the input, the others what any turn went on with. */
function repeatedValue({ ref, loc }: Extract<Stage, { kind: 'while' }>, input: Value, frame: Frame): Value {
  const { exe } = referenceValue(ref, frame);
  if (!exe) return UNKNOWN;
  const turn = newTurn();
  const at = { span: loc, piped: true };
  const first = callValue(exe, [input], { ...frame, turn }, at);
  const state = either([joined([input]), ...[first, ...turn.continued].map((value) => joined([value]))]);
  const before = turn.done.length;
  callValue(exe, [state], { ...frame, turn, certain: false }, at);
  const later = turn.continued.every(({ mark }) => state.mark.taint.every((label) => mark.taint.includes(label)));
  const answers = later ? turn.done : turn.done.slice(0, before);
  return later && answers.length > 0 ? { ...either(answers), exact: false } : UNKNOWN;
}

/** What is sure of the answer of a branch of a group. */
export function branchValue(value: Value): Value {
  if (!value.failed) return UNKNOWN;
  return { ...either([joined([value]), joined([value.failed])]), exact: false };
}
