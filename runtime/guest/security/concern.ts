/**
 * Which operations nobody has a say about. Most operations of a program with guards are such; they
 * need not go through the pipeline. Calls that only guards have a say about are judged here, and
 * where the guards just let them pass, nothing more of the pipeline is needed. Whatever is not
 * plainly so goes all the way.
 */

import { EMPTY } from '../../shared/marks.js';
import type { Box } from '../box.js';
import { readsMarked } from '../captures.js';
import type { Context } from '../context.js';
import { control } from '../control.js';
import { callOf, type Executable, isStreaming } from '../executable.js';
import type { Bystander, Operation } from '../operate.js';
import { isKnownAllowed, keepAllowed } from './decisions.js';
import { refuse } from './denials.js';
import { AskingAfter, AskingBefore } from './guards.js';
import { isCallPermitted, isPermitted } from './permitted.js';
import { knownPlan, type Plan, planOf, registered, type Timing } from './plan.js';
import { hasPolicies } from './policies.js';
import { hooks, markHas } from './registry.js';
import { recordStage, roundBefore, triesOf } from './stages.js';
import { toolCalls } from './tools.js';
import { FIRST, type Round, type Verdict } from './verdict.js';

const TIMINGS: readonly Timing[] = ['before', 'after'];

/** Whether something else than guards and policies may have a say about an operation. */
function isInvolved(context: Context): boolean {
  return !context.isOpen || hooks.length > 0 || control.mark !== EMPTY;
}

/** Guards after a call judge its result when there is one; before it they matter if they may ask for it again. */
function mayInterrupt(context: Context, target: Executable): boolean {
  const after = registered('after');
  return after.length > 0 && (isStreaming(context, target) || after.some((guard) => guard.mayRetry));
}

/** Whether a guard is about the operation or about what goes into it. */
function isConcerned({ labelled, whole }: Plan, inputs: readonly (Box | undefined)[]): boolean {
  if (whole.length > 0) return true;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (input === undefined || input.deep === EMPTY) continue;
    for (let j = 0; j < labelled.length; j++) if (markHas(input.deep, labelled[j]!.filter.value)) return true;
  }
  return false;
}

function judgeCall(
  context: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  kind: 'exe' | 'pipeline-stage',
  site: number,
): Verdict | 'passes' | 'involved' {
  if (target.handlesDenied || target.policy !== undefined || context.ran || isInvolved(context)) return 'involved';
  if (mayInterrupt(context, target) || readsMarked(target)) return 'involved';
  if (hasPolicies() && !isCallPermitted(target, args)) return 'involved';
  // What guards say about stages can be read by the program.
  const mayKeep = kind === 'exe';
  const known = knownPlan(target, kind, 'before');
  if (known && (!isConcerned(known, args) || (mayKeep && isKnownAllowed(known, target, args)))) return 'passes';
  const operation = callOf(context, target, args, kind, site);
  const plan = known ?? planOf(context, operation, 'before');
  if (!isConcerned(plan, args)) return 'passes';
  const round = kind === 'exe' ? FIRST : roundBefore(context, operation, 1, triesOf(context, operation));
  const verdict = new AskingBefore(context, operation, args, round, plan).now();
  if (!letsPass(verdict)) return verdict;
  if (mayKeep) keepAllowed(plan, target, args);
  else recordStage(context, operation, verdict);
  return 'passes';
}

/** All guards allow the operation as it is and ask for nothing more. */
function letsPass({ decision, privilegedAllow, env, trace }: Verdict): boolean {
  if (decision !== 'allow' || privilegedAllow || env !== null) return false;
  for (let i = 0; i < trace.length; i++) if (trace[i]!.replacement !== null) return false;
  return true;
}

function judgeResult(
  context: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  kind: 'exe' | 'pipeline-stage',
  site: number,
  result: Box,
): Box {
  if (registered('after').length === 0) return result;
  const operation = callOf(context, target, args, kind, site);
  const plan = planOf(context, operation, 'after');
  if (plan.labelled.length === 0 && plan.whole.length === 0) return result;
  const round: Round = { timing: 'after', attempt: 1, tries: triesOf(context, operation) };
  const verdict = new AskingAfter(context, operation, args, result, round, plan).now();
  return verdict.decision === 'deny' ? refuse(context, operation, verdict) : verdict.output!;
}

function passes(context: Context, operation: Operation): boolean {
  if (operation.executable || operation.captured || isInvolved(context)) return false;
  if (hasPolicies() && !isPermitted(operation)) return false;
  // What an effect answers is what went in.
  for (const timing of TIMINGS)
    if (registered(timing).length > 0 && isConcerned(planOf(context, operation, timing), operation.inputs))
      return false;
  return true;
}

export const beside: Bystander = {
  judgeCall,
  judgeResult,
  passes,
  called: (target) => toolCalls.record(target.wire ?? target.name),
};
