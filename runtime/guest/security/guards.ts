/** Guards at work (security.md 3.2–3.5): who matches and what becomes of their answers. */

import type { Box } from '../box.js';
import type { Context } from '../context.js';
import { isPromise, type Steps } from '../dual.js';
import { MlldError } from '../errors.js';
import type { Operation } from '../operate.js';
import { inputMark, judgedMark, presentInputs } from './operations.js';
import { type Plan, planOf } from './plan.js';
import { type Guard, type GuardDecision, markHas } from './registry.js';
import { emptyVerdict, record, type Try, type Verdict } from './verdict.js';
import { OperationView } from './view.js';

/** Guards before an operation: first on each labelled input, then on the operation. */
export function* beforeGuards(
  context: Context,
  operation: Operation,
  inputs: (Box | undefined)[],
  attempt: number,
  tries: readonly Try[],
  { labelled, whole }: Plan = planOf(context, operation, 'before'),
): Steps<Verdict> {
  const verdict = emptyVerdict(
    inputs.slice(),
    'before',
    context.stage && operation.kind === 'pipeline-stage' ? context.stage.try : attempt,
    tries,
  );
  if (labelled.length === 0 && whole.length === 0) return verdict;
  // What a hook has put in the place of the whole has no parts any more.
  const parts = inputs[0] === operation.inputs[0] ? operation.parts : undefined;
  const values: (Box | undefined)[] = parts ? parts.values.slice() : verdict.inputs;
  for (let i = 0; i < values.length; i++) {
    for (let j = 0; j < labelled.length; j++) {
      const guard = labelled[j]!;
      const value = values[i];
      if (value === undefined || !markHas(value.deep, guard.filter.value) || isCovered(context, operation, guard))
        continue;
      let decision = ask(context, operation, guard, verdict, value, [value], null);
      if (isPromise(decision)) decision = yield* settled(decision, guard);
      const replacement = record(guard, decision, verdict, value);
      if (replacement && verdict.decision === 'allow') values[i] = replacement;
    }
  }
  if (parts && values.some((value, i) => value !== parts.values[i])) verdict.inputs = [parts.render(values as Box[])];
  // What the body reads from around it is judged like an argument; it is not there to be replaced.
  for (const value of operation.captured ?? []) {
    for (const guard of labelled) {
      if (!markHas(value.deep, guard.filter.value)) continue;
      let decision = ask(context, operation, guard, verdict, value, [value], null);
      if (isPromise(decision)) decision = yield* settled(decision, guard);
      record(guard, decision, verdict, null);
    }
  }
  for (let i = 0; i < whole.length; i++) {
    const guard = whole[i]!;
    const present = presentInputs(operation, verdict.inputs);
    if (present.length === 0 && guard.aboutValue && isSource(context)) continue;
    let decision = ask(context, operation, guard, verdict, null, present, null);
    if (isPromise(decision)) decision = yield* settled(decision, guard);
    const replacement = record(guard, decision, verdict, verdict.inputs[0] ?? null);
    if (replacement && verdict.decision === 'allow') verdict.inputs = [replacement];
  }
  return verdict;
}

/** Guards after an operation: on the labels of its result (or, when none match, of its inputs), then on the operation. */
export function* afterGuards(
  context: Context,
  operation: Operation,
  inputs: (Box | undefined)[],
  output: Box,
  attempt: number,
  tries: readonly Try[],
): Steps<Verdict> {
  const verdict = emptyVerdict(inputs, 'after', attempt, tries);
  verdict.output = output;
  const { labelled, whole } = planOf(context, operation, 'after');
  if (labelled.length === 0 && whole.length === 0) return verdict;
  const present = inputs.filter((input): input is Box => input !== undefined);
  const data = labelled.filter((guard) => markHas(output.deep, guard.filter.value));
  const isEffect = operation.kind === 'show' || operation.kind === 'log';
  const matching =
    data.length > 0 || isEffect ? data : labelled.filter((guard) => markHas(inputMark(present), guard.filter.value));
  const seen = new Set<Guard>();
  for (const guard of [...matching, ...whole]) {
    if (seen.has(guard)) continue;
    seen.add(guard);
    const current = verdict.output as Box;
    const about = matching.includes(guard) ? current : null;
    let decision = ask(context, operation, guard, verdict, about, present, current);
    if (isPromise(decision)) decision = yield* settled(decision, guard);
    const replacement = record(guard, decision, verdict, current);
    if (replacement && verdict.decision === 'allow') verdict.output = replacement;
  }
  return verdict;
}

/** Whether a guard would judge the result: of what streams, it would come too late. */
export function hasAfterGuard(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  only: (guard: Guard) => boolean = () => true,
): boolean {
  const { labelled, whole } = planOf(context, operation, 'after');
  if (whole.some(only)) return true;
  return labelled.some((guard) => only(guard) && markHas(inputMark(inputs), guard.filter.value));
}

/**
 * The source of a pipeline. A guard about a value has none to judge when the source takes no input;
 * it judges what the source answers, as the input of the first stage.
 */
function isSource(context: Context): boolean {
  return context.stage !== null && context.stage.input === null;
}

/** The call around already asked about labels its arguments have. */
function isCovered(context: Context, operation: Operation, guard: Guard): boolean {
  if (!operation.covered) return false;
  return markHas(judgedMark(context), guard.filter.value);
}

/**
 * What a guard decides; one that the value has been through already is not asked again.
 *
 * @param value what the guard is about, or null for the operation as a whole
 */
function ask(
  context: Context,
  operation: Operation,
  guard: Guard,
  verdict: Verdict,
  value: Box | null,
  inputs: readonly Box[],
  output: Box | null,
): GuardDecision | PromiseLike<GuardDecision> {
  const mark = output?.deep ?? value?.deep ?? inputMark(inputs);
  if (value !== null && mark.applied.includes(guard.id)) return null;
  try {
    return guard.decide(
      context.judging(new OperationView('guard', operation, value, inputs, output, mark, verdict, guard)),
    );
  } catch (error) {
    throw sited(error, guard);
  }
}

function* settled(decision: PromiseLike<GuardDecision>, guard: Guard): Steps<GuardDecision> {
  try {
    return (yield decision) as GuardDecision;
  } catch (error) {
    throw sited(error, guard);
  }
}

function sited(error: unknown, guard: Guard): unknown {
  if (error instanceof MlldError) error.site ??= guard.site;
  return error;
}
