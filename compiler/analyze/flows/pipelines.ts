/** Pipelines: a stage is a call with the piped value as its first argument. */

import type { Pipeline, Stage } from '../../../grammar/ast.js';
import { callValue, toolValue } from './calls.js';
import { pipedInto } from './commands.js';
import { evaluate, referenceValue } from './expressions.js';
import { type Frame, here } from './frame.js';
import { runStatement } from './statements.js';
import { joined, result, UNKNOWN, type Value } from './values.js';

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
      // A branch that fails is an element without marks.
      for (const branch of stage.stages) stageValue(branch, input, frame);
      return UNKNOWN;
    default:
      return UNKNOWN;
  }
}
