/** The order in which everything that has a say about an operation is asked (security.md 3.4). */

import { EMPTY } from '../../shared/marks.js';
import { Box } from '../box.js';
import { checkpointValue, lookup } from '../checkpoints.js';
import type { Context } from '../context.js';
import type { Steps } from '../dual.js';
import type { Operation, Perform } from '../operate.js';
import { type Outcome, Signal } from '../signals.js';
import { toText } from '../values/display.js';
import { underControl } from './control.js';
import { refuse, refuseRetry, refuseStreaming } from './denials.js';
import { afterGuards, beforeGuards, hasAfterGuard, type Verdict } from './guards.js';
import { afterHooks, beforeHooks } from './hooks.js';
import { checkPolicies, resultLabels } from './policies.js';
import { recordStage } from './stages.js';
import { toolCalls } from './tools.js';

/** Attempts of an operation a guard may ask for (security.md 3.5). */
const MAX_ATTEMPTS = 3;

export function* interceptor(context: Context, asked: Operation, perform: Perform): Steps<Outcome> {
  let operation = underControl(asked);
  // Guards are not guarded: their helpers run freely (security.md 3.3). Policies still hold.
  if (context.guard?.evaluating) {
    checkPolicies(context, operation, operation.inputs, null);
    return yield* perform(context, operation.inputs, 1);
  }
  const hooked = yield* beforeHooks(context, operation, operation.inputs);
  const kept = lookup(context, operation, hooked);
  if (kept) {
    operation = { ...operation, checkpoint: checkpointValue(kept) };
    if (kept.answer) return yield* replayed(context, operation, hooked, kept.answer);
  }
  for (let attempt = 1; ; attempt++) {
    const before = yield* beforeGuards(context, operation, hooked, attempt);
    operation = withCommand(operation, before.inputs);
    checkPolicies(context, operation, before.inputs, before);
    if (operation.kind === 'pipeline-stage') recordStage(context, operation, before);
    if (before.decision === 'deny') return yield* denied(context, operation, before);
    if (before.decision === 'retry') return retryBefore(context, operation, before);
    if (context.streaming && hasAfterGuard(context, operation, before.inputs)) refuseStreaming(operation);
    const inner =
      before.privilegedAllow === context.lifted ? context : context.with({ lifted: before.privilegedAllow });
    const outcome = yield* perform(inner, before.inputs, attempt);
    if (operation.executable) toolCalls.record(operation.executable.wire ?? operation.executable.name);
    if (outcome instanceof Signal || outcome === undefined) return outcome;
    const labelled = resultLabels(operation, before.inputs, outcome);
    const after = yield* afterGuards(context, operation, before.inputs, labelled, attempt);
    if (after.decision === 'deny') return yield* denied(context, operation, after);
    if (after.decision === 'retry') {
      if (!canRepeat(context, operation))
        refuseRetry(
          operation,
          after,
          `Cannot retry: ${after.hints[0]?.hint ?? ''}${operation.kind === 'exe' ? '' : ' (source not retryable)'}`,
        );
      if (attempt < MAX_ATTEMPTS) continue;
      refuse(context, operation, {
        ...after,
        decision: 'deny',
        reasons: [`Guard retry limit exceeded (${MAX_ATTEMPTS})`],
      });
    }
    const answer = after.output as Box;
    kept?.keep(answer);
    return yield* afterHooks(context, operation, before.inputs, answer);
  }
}

/** A kept answer stands for guards and body; what policies say of the flow is asked again, and hooks watch (security.md 12). */
function* replayed(context: Context, operation: Operation, inputs: (Box | undefined)[], answer: Box): Steps<Outcome> {
  checkPolicies(context, operation, inputs, null);
  toolCalls.record(operation.name ?? '');
  return yield* afterHooks(context, operation, inputs, answer);
}

/** The command a guard or hook has put in the place of the written one is what is judged. */
function withCommand(operation: Operation, inputs: readonly (Box | undefined)[]): Operation {
  if (operation.command === undefined || inputs[0] === operation.inputs[0]) return operation;
  return { ...operation, command: inputs[0] ? toText(inputs[0]) : '' };
}

function* denied(context: Context, operation: Operation, verdict: Verdict): Steps<Outcome> {
  yield* afterHooks(context, operation, verdict.inputs, null, verdict);
  return refuse(context, operation, verdict);
}

function canRepeat(context: Context, operation: Operation): boolean {
  return (
    operation.kind === 'exe' ||
    operation.kind === 'pipeline-stage' ||
    operation.retryable === true ||
    context.stage !== null
  );
}

/** A before guard may send a pipeline stage back; elsewhere a retry is a refusal. */
function retryBefore(context: Context, operation: Operation, verdict: Verdict): Outcome {
  const hint = verdict.hints[0]?.hint ?? '';
  if (operation.kind !== 'pipeline-stage') {
    refuseRetry(operation, verdict, 'guard retry requires pipeline context (non-pipeline retry deferred to Phase 7.3)');
  }
  if ((context.stage?.try ?? 1) >= MAX_ATTEMPTS) {
    return refuse(context, operation, {
      ...verdict,
      decision: 'deny',
      reasons: [`Guard retry limit exceeded (${MAX_ATTEMPTS})`],
    });
  }
  return new Signal('retry', new Box(hint, EMPTY), operation.site);
}
