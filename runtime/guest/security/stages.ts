/** What guards decided about pipeline stages: `@p.guards` (security.md 3.5). */

import { box } from '../box.js';
import type { Context } from '../context.js';
import type { Operation } from '../operate.js';
import { makeArray, makeObject } from '../values/objects.js';
import { traceValue, type Verdict } from './guards.js';

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
