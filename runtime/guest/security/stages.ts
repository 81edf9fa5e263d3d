/** What guards decided about pipeline stages: `@p.guards` (security.md 3.5). */

import { box } from '../box.js';
import type { Context } from '../context.js';
import type { Operation } from '../operate.js';
import { makeArray, makeObject } from '../values/objects.js';
import type { Round, Try, Verdict } from './verdict.js';
import { traceValue } from './view.js';

export function recordStage(context: Context, operation: Operation, verdict: Verdict): void {
  const { stage } = context;
  if (!stage || verdict.trace.length === 0) return;
  stage.guards.push(
    makeObject([
      ['stage', box(stage.stage)],
      ['operation', box(operation.name ?? operation.kind)],
      ['decision', box(verdict.decision)],
      ['trace', makeArray(verdict.trace.map(traceValue))],
      ['hints', makeArray(verdict.hints.map((hint) => box({ ...hint })))],
      ['reasons', box(verdict.reasons.slice())],
    ]),
  );
}

/** Earlier attempts; those of a pipeline stage are remembered by its pipeline. */
export function triesOf({ stage }: Context, operation: Operation): Try[] {
  if (!stage || operation.kind !== 'pipeline-stage') return [];
  const stages = stageTries.get(stage.guards) ?? new Map<number, Try[]>();
  stageTries.set(stage.guards, stages);
  const tries = stages.get(stage.stage) ?? [];
  stages.set(stage.stage, tries);
  return tries;
}

/** Which time guards before an operation are asked; the attempts of a stage are counted by its pipeline. */
export function roundBefore({ stage }: Context, operation: Operation, attempt: number, tries: readonly Try[]): Round {
  const counted = stage && operation.kind === 'pipeline-stage' ? stage.try : attempt;
  return { timing: 'before', attempt: counted, tries };
}

export function roundAfter(attempt: number, tries: readonly Try[]): Round {
  return { timing: 'after', attempt, tries };
}

const stageTries = new WeakMap<object, Map<number, Try[]>>();
