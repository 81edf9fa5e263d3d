/** Guards at work (security.md 3.2–3.5): who matches and what becomes of their answers. */

import type { Box } from '../box.js';
import type { Context } from '../context.js';
import { isPromise, type Steps } from '../dual.js';
import { MlldError } from '../errors.js';
import type { Operation } from '../operate.js';
import type { Parts } from '../templates.js';
import { inputMark, judgedMark, presentInputs } from './operations.js';
import { type Plan, planOf } from './plan.js';
import { type Guard, type GuardDecision, markHas } from './registry.js';
import { emptyVerdict, type Round, record, type Try, type Verdict } from './verdict.js';
import { OperationView } from './view.js';

/**
 * The questions to guards before an operation, one after the other: first those about labels on each
 * input that has them, then those about the operation. Where nothing has to be waited for, which is
 * nearly always, they are put by a plain loop; it stops at an answer that is not there yet.
 */
class Asking {
  readonly verdict: Verdict;
  private readonly labelled: readonly Guard[];
  private readonly whole: readonly Guard[];
  private readonly parts: Parts | undefined;
  /** What guards about labels judge: the inputs, or what the only one is put together from. */
  private values: readonly (Box | undefined)[];
  /** What the body reads from around it is judged like an argument; it is not there to be replaced. */
  private readonly captured: readonly Box[];
  private questions = 0;
  /** Whom the last question went to, and about what; null is the operation. */
  private guard: Guard | null = null;
  private subject: Box | null = null;

  constructor(
    private readonly context: Context,
    private readonly operation: Operation,
    inputs: readonly (Box | undefined)[],
    round: Round,
    { labelled, whole }: Plan,
  ) {
    this.verdict = emptyVerdict(inputs, round);
    this.labelled = labelled;
    this.whole = whole;
    // What a hook has put in the place of the whole has no parts any more.
    this.parts = inputs[0] === operation.inputs[0] ? operation.parts : undefined;
    this.values = this.parts?.values ?? inputs;
    this.captured = operation.captured ?? NONE;
  }

  /** Goes on asking; answers what has to be waited for and then taken, or null when that was all. */
  proceed(): PromiseLike<GuardDecision> | null {
    const { labelled, whole, values, captured } = this;
    const aboutData = (values.length + captured.length) * labelled.length;
    while (this.questions < aboutData + whole.length) {
      const question = this.questions++;
      const isAsked =
        question < aboutData
          ? this.isAboutData(labelled[question % labelled.length]!, Math.floor(question / labelled.length))
          : this.isAboutWhole(whole[question - aboutData]!);
      if (!isAsked) continue;
      const answer = this.ask();
      if (isPromise(answer)) return answer;
      this.take(answer);
    }
    return null;
  }

  private isAboutData(guard: Guard, position: number): boolean {
    const isInput = position < this.values.length;
    const value = isInput ? this.values[position] : this.captured[position - this.values.length];
    if (value === undefined || !markHas(value.deep, guard.filter.value)) return false;
    if (isInput && isCovered(this.context, this.operation, guard)) return false;
    this.guard = guard;
    this.subject = value;
    return true;
  }

  private isAboutWhole(guard: Guard): boolean {
    this.guard = guard;
    this.subject = null;
    if (!guard.aboutValue || !isSource(this.context)) return true;
    return presentInputs(this.operation, this.verdict.inputs).length > 0;
  }

  private ask(): GuardDecision | PromiseLike<GuardDecision> {
    const { context, operation, verdict, subject } = this;
    const inputs = subject ? [subject] : presentInputs(operation, verdict.inputs);
    return ask(context, operation, this.guard!, verdict, subject, inputs, null);
  }

  /** Notes the answer to the last question, and what it puts in the place of what was asked about. */
  take(answer: GuardDecision): void {
    const { verdict, labelled, values, parts } = this;
    const position = this.subject ? Math.floor((this.questions - 1) / labelled.length) : 0;
    const isCaptured = this.subject !== null && position >= values.length;
    const replaceable = isCaptured ? null : (this.subject ?? verdict.inputs[0] ?? null);
    const replacement = record(this.guard!, answer, verdict, replaceable, this.subject);
    if (replacement === null || verdict.decision !== 'allow' || isCaptured) return;
    if (this.subject === null) {
      verdict.inputs = [replacement];
      return;
    }
    this.values = values.map((value, i) => (i === position ? replacement : value));
    verdict.inputs = parts ? [parts.render(this.values as Box[])] : this.values;
  }

  /** Makes errors of the guard that was asked last say where it stands. */
  sited(error: unknown): unknown {
    return sited(error, this.guard!);
  }
}

const NONE: readonly never[] = Object.freeze([]);

/** Guards before an operation. */
export function* beforeGuards(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  round: Round,
): Steps<Verdict> {
  const asking = new Asking(context, operation, inputs, round, planOf(context, operation, 'before'));
  for (let waiting = asking.proceed(); waiting !== null; waiting = asking.proceed()) {
    try {
      asking.take((yield waiting) as GuardDecision);
    } catch (error) {
      throw asking.sited(error);
    }
  }
  return asking.verdict;
}

/** The same of a call in a region that never waits. */
export function beforeGuardsNow(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  round: Round,
  plan: Plan,
): Verdict {
  const asking = new Asking(context, operation, inputs, round, plan);
  if (asking.proceed() !== null) throw new Error('internal: a guard compiled as synchronous had to wait');
  return asking.verdict;
}

/** Guards after an operation: on the labels of its result (or, when none match, of its inputs), then on the operation. */
export function* afterGuards(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  output: Box,
  attempt: number,
  tries: readonly Try[],
): Steps<Verdict> {
  const verdict = emptyVerdict(inputs, { timing: 'after', attempt, tries });
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
    const replacement = record(guard, decision, verdict, current, about);
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
  if (value !== null && (output ?? value).deep.applied.includes(guard.id)) return null;
  try {
    return guard.decide(context.judging(new OperationView('guard', operation, value, inputs, output, verdict, guard)));
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
