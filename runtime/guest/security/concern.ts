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
import { AskingBefore, judgeAfter, judgeBefore } from './guards.js';
import { isCallPermitted, isPermitted } from './permitted.js';
import { knownPlan, type Plan, planOf } from './plan.js';
import { hasPolicies } from './policies.js';
import { hooks, markHas, phases, type Timing } from './registry.js';
import { recordStage, roundAfter, roundBefore, triesOf } from './stages.js';
import { toolCalls } from './tools.js';
import { emptyVerdict, FIRST, FIRST_AFTER, type Verdict } from './verdict.js';

const TIMINGS: readonly Timing[] = ['before', 'after'];

/** Whether something else than guards and policies may have a say about an operation. */
function isInvolved(context: Context): boolean {
  return !context.isOpen || hooks.length > 0 || control.mark !== EMPTY;
}

/** Guards after a call judge its result when there is one; before it they matter if they may ask for it again. */
function mayInterrupt(context: Context, target: Executable): boolean {
  const { after } = phases;
  return after.mayRetry || (after.list.length > 0 && isStreaming(context, target));
}

/** Whether a guard is about the operation or about what goes into it. */
function isConcerned(plan: Plan, inputs: readonly (Box | undefined)[]): boolean {
  return plan.whole.length > 0 || hasLabelled(plan, inputs);
}

/** Whether a guard is about a label of one of the values. */
function hasLabelled({ labelled }: Plan, inputs: readonly (Box | undefined)[]): boolean {
  if (labelled.length === 0) return false;
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
  const known = knownPlan(target, kind, 'before');
  if (known && !isConcerned(known, args)) return 'passes';
  if (known && kind === 'exe' && isKnownAllowed(known, target, args)) return 'passes';
  const operation = callOf(context, target, args, kind, site);
  const plan = known ?? planOf(context, operation, 'before');
  if (!isConcerned(plan, args)) return 'passes';
  if (kind === 'pipeline-stage') return judgeStage(context, operation, plan);
  const empty = emptyVerdict(args, FIRST);
  const verdict =
    context.stage !== null || hasLabelled(plan, args)
      ? new AskingBefore(context, operation, empty, plan).now()
      : judgeBefore(context, operation, empty, plan);
  if (verdict !== null && !letsPass(verdict)) return verdict;
  keepAllowed(plan, target, args);
  return 'passes';
}

/** What guards say about stages can be read by the program. */
function judgeStage(context: Context, operation: Operation, plan: Plan): Verdict | 'passes' {
  const round = roundBefore(context, operation, 1, triesOf(context, operation));
  const verdict = new AskingBefore(context, operation, emptyVerdict(operation.inputs, round), plan).now();
  if (!letsPass(verdict)) return verdict;
  recordStage(context, operation, verdict);
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
  if (phases.after.list.length === 0) return result;
  const known = knownPlan(target, kind, 'after');
  if (known && isEmpty(known)) return result;
  const operation = callOf(context, target, args, kind, site);
  const plan = known ?? planOf(context, operation, 'after');
  if (isEmpty(plan)) return result;
  const round = kind === 'exe' ? FIRST_AFTER : roundAfter(1, triesOf(context, operation));
  const verdict = judgeAfter(context, operation, emptyVerdict(args, round, result), plan);
  if (verdict === null) return result;
  return verdict.decision === 'deny' ? refuse(context, operation, verdict) : verdict.output!;
}

function isEmpty({ labelled, whole }: Plan): boolean {
  return labelled.length === 0 && whole.length === 0;
}

function passes(context: Context, operation: Operation): boolean {
  if (operation.executable || operation.captured || isInvolved(context)) return false;
  if (hasPolicies() && !isPermitted(operation)) return false;
  // What an effect answers is what went in.
  for (const timing of TIMINGS)
    if (phases[timing].list.length > 0 && isConcerned(planOf(context, operation, timing), operation.inputs))
      return false;
  return true;
}

export const beside: Bystander = {
  judgeCall,
  judgeResult,
  passes,
  called: (target) => toolCalls.record(target.wire ?? target.name),
};
