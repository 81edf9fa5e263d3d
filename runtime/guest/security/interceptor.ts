/** The order in which everything that has a say about an operation is asked (security.md 3.4). */

import { EMPTY } from '../../shared/marks.js';
import { Box } from '../box.js';
import { checkpointValue, lookup } from '../checkpoints.js';
import type { Context } from '../context.js';
import type { Steps } from '../dual.js';
import { isStreaming } from '../executable.js';
import { CODE_MEDIA, type Operation, type Perform } from '../operate.js';
import { type Outcome, Signal } from '../signals.js';
import { toText } from '../values/display.js';
import { underControl } from './control.js';
import { refuse, refuseRetry, refuseStreaming } from './denials.js';
import { inEnvironment } from './env-action.js';
import { AskingAfter, AskingBefore, hasAfterGuard } from './guards.js';
import { afterHooks, beforeHooks } from './hooks.js';
import { permitTokens } from './limits.js';
import { planOf } from './plan.js';
import { checkPolicies, resultLabels } from './policies.js';
import { recordStage, roundAfter, roundBefore, triesOf } from './stages.js';
import { toolCalls } from './tools.js';
import { emptyVerdict, MAX_ATTEMPTS, type Try, type Verdict } from './verdict.js';

export function* interceptor(context: Context, asked: Operation, perform: Perform, judged?: Verdict): Steps<Outcome> {
  let operation = underControl(asked);
  // Guards are not guarded: their helpers run freely (security.md 3.3). Policies still hold.
  if (context.guard?.role === 'guard') {
    checkPolicies(context, operation, operation.inputs, null);
    permitTokens(context, operation, operation.inputs);
    return yield* perform(context, operation.inputs, 1);
  }
  const hooked = yield* beforeHooks(context, operation, operation.inputs);
  const kept = lookup(context, operation, hooked);
  if (kept) {
    operation = { ...operation, checkpoint: checkpointValue(kept) };
    if (kept.answer) return yield* replayed(context, operation, hooked, kept.answer);
  }
  const tries = triesOf(context, operation);
  for (let attempt = 1; ; attempt++) {
    const before =
      (attempt === 1 ? judged : undefined) ?? (yield* beforeGuards(context, operation, hooked, attempt, tries));
    operation = withCommand(operation, before.inputs);
    let inner = innerContext(context, operation, before);
    checkPolicies(inner, operation, before.inputs, before);
    permitTokens(inner, operation, before.inputs);
    if (operation.kind === 'pipeline-stage') recordStage(context, operation, before);
    if (before.decision === 'deny') return yield* denied(context, operation, before);
    if (before.decision === 'retry') return retryBefore(context, operation, before, tries);
    if (isStreaming(context, operation.executable) && hasAfterGuard(context, operation, before.inputs))
      refuseStreaming(operation);
    // What a failed attempt would have shown or written is forgotten with it.
    const held = mayRepeat(context, operation, before.inputs) ? [] : null;
    if (held) inner = inner.with({ held });
    if (attempt > 1) inner = inner.with({ repeated: true });
    let outcome: Outcome;
    try {
      outcome = yield* perform(inner, before.inputs, attempt);
    } catch (error) {
      release(context, held);
      throw error;
    }
    if (operation.executable) toolCalls.record(operation.executable.wire ?? operation.executable.name);
    if (outcome instanceof Signal || outcome === undefined) {
      release(context, held);
      return outcome;
    }
    permitTokens(inner, operation, before.inputs, outcome);
    const labelled = resultLabels(inner, operation, before.inputs, outcome);
    const after = yield* afterGuards(context, operation, before.inputs, labelled, attempt, tries);
    if (after.decision !== 'retry') release(context, held);
    if (after.decision === 'deny') return yield* denied(context, operation, after);
    if (after.decision === 'retry') {
      if (!canRepeat(context, operation))
        refuseRetry(
          operation,
          after,
          `Cannot retry: ${after.hints[0]?.hint ?? ''}${operation.executable ? '' : ' (source not retryable)'}`,
        );
      tries.push(failedTry(attempt, after));
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

function beforeGuards(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  attempt: number,
  tries: readonly Try[],
): Steps<Verdict> {
  const round = roundBefore(context, operation, attempt, tries);
  return new AskingBefore(
    context,
    operation,
    emptyVerdict(inputs, round),
    planOf(context, operation, 'before'),
  ).steps();
}

function afterGuards(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  output: Box,
  attempt: number,
  tries: readonly Try[],
): Steps<Verdict> {
  const round = roundAfter(attempt, tries);
  return new AskingAfter(
    context,
    operation,
    emptyVerdict(inputs, round, output),
    planOf(context, operation, 'after'),
  ).steps();
}

/** A kept answer stands for guards and body; what policies say of the flow is asked again, and hooks watch (security.md 12). */
function* replayed(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  answer: Box,
): Steps<Outcome> {
  checkPolicies(context, operation, inputs, null);
  permitTokens(context, operation, inputs, answer);
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

/** What stands inside the operation: under its terms, and under no override but its own. */
function innerContext(context: Context, operation: Operation, before: Verdict): Context {
  // A call of a command or of code is one operation with what it runs; what a block does is guarded by itself.
  const lifted = before.privilegedAllow || (operation.covered === true && context.lifted);
  let inner = lifted === context.lifted ? context : context.with({ lifted });
  const { executable } = operation;
  if (inner.override && executable && !CODE_MEDIA.has(executable.medium)) inner = inner.with({ override: null });
  return before.env ? inEnvironment(inner, before.env) : inner;
}

function failedTry(attempt: number, { hints }: Verdict): Try {
  return { attempt, decision: 'retry', hint: hints[0]?.hint ?? '' };
}

/** Whether a guard may ask for the operation again, once it has been performed. */
function mayRepeat(context: Context, operation: Operation, inputs: readonly (Box | undefined)[]): boolean {
  return canRepeat(context, operation) && hasAfterGuard(context, operation, inputs, (guard) => guard.mayRetry);
}

/** Carries out the effects that waited, or hands them to the call around that waits itself. */
function release(context: Context, held: (() => void)[] | null): void {
  if (held === null) return;
  if (context.held) context.held.push(...held);
  else for (const perform of held) perform();
}

/** Effects are never repeated; calls, and variables and stages made by calls, can be (security.md 3.5). */
function canRepeat(context: Context, operation: Operation): boolean {
  const { kind } = operation;
  return (
    operation.executable !== undefined ||
    kind === 'pipeline-stage' ||
    operation.retryable === true ||
    (context.stage !== null && !EFFECTS.has(kind))
  );
}

const EFFECTS: ReadonlySet<string> = new Set(['show', 'log', 'output', 'append']);

/** A before guard may send a pipeline stage back; elsewhere a retry is a refusal. */
function retryBefore(context: Context, operation: Operation, verdict: Verdict, tries: Try[]): Outcome {
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
  tries.push(failedTry(context.stage?.try ?? 1, verdict));
  return new Signal('retry', new Box(hint, EMPTY), operation.site);
}
