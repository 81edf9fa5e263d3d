/** Guards at work (security.md 3.2–3.5): who matches and what becomes of their answers. */

import type { Mark } from '../../shared/marks.js';
import type { Box } from '../box.js';
import type { Context } from '../context.js';
import { isPromise, type Steps } from '../dual.js';
import { MlldError } from '../errors.js';
import type { Operation } from '../operate.js';
import type { Parts } from '../templates.js';
import { givenInputs, inputMark, judgedMark, presentInputs } from './operations.js';
import { type Plan, planOf } from './plan.js';
import { ALLOW, type Guard, type GuardDecision, markHas } from './registry.js';
import { added, record, type Verdict } from './verdict.js';
import { OperationView } from './view.js';

/**
 * Questions to guards, one after the other. Where nothing has to be waited for, which is nearly always,
 * they are put by a plain loop; it stops at an answer that is not there yet.
 */
abstract class Asking {
  /** Whom the last question went to. */
  protected guard: Guard | null = null;
  /** How many have been put or were not to be put. */
  protected questions = 0;

  constructor(
    protected readonly context: Context,
    protected readonly operation: Operation,
    readonly verdict: Verdict,
  ) {}

  /** The first question that is put about calls nothing has a label of. */
  protected abstract get firstOfCalls(): number;

  /** Goes on asking; answers what has to be waited for and then taken, or null when that was all. */
  abstract proceed(): PromiseLike<GuardDecision> | null;

  /** Notes the answer to the last question, and what it puts in the place of what was asked about. */
  abstract take(answer: GuardDecision): void;

  /** In a region that never waits. */
  now(): Verdict {
    if (this.proceed() !== null) throw waits();
    return this.verdict;
  }

  /** The same where guards have been asked up to one, which has answered this (`askAll`). */
  goOn(guard: Guard, position: number, answer: GuardDecision): Verdict {
    this.guard = guard;
    this.questions = this.firstOfCalls + position + 1;
    this.take(answer);
    return this.now();
  }

  *steps(): Steps<Verdict> {
    for (let waiting = this.proceed(); waiting !== null; waiting = this.proceed()) {
      try {
        this.take((yield waiting) as GuardDecision);
      } catch (error) {
        throw sited(error, this.guard!);
      }
    }
    return this.verdict;
  }
}

/** Before an operation: first about labels on each input that has them, then about the operation. */
export class AskingBefore extends Asking {
  private readonly labelled: readonly Guard[];
  private readonly whole: readonly Guard[];
  private readonly parts: Parts | undefined;
  /** What guards about labels judge: the inputs, or what the only one is put together from. */
  private values: readonly (Box | undefined)[];
  /** What the body reads from around it is judged like an argument; it is not there to be replaced. */
  private readonly captured: readonly Box[];
  /** What the last question was about; null is the operation. */
  private subject: Box | null = null;

  constructor(context: Context, operation: Operation, verdict: Verdict, { labelled, whole }: Plan) {
    super(context, operation, verdict);
    const { inputs } = verdict;
    this.labelled = labelled;
    this.whole = whole;
    // What a hook has put in the place of the whole has no parts any more.
    this.parts = inputs[0] === operation.inputs[0] ? operation.parts : undefined;
    this.values = this.parts?.values ?? inputs;
    this.captured = operation.captured ?? NONE;
  }

  protected get firstOfCalls(): number {
    return (this.values.length + this.captured.length) * this.labelled.length;
  }

  proceed(): PromiseLike<GuardDecision> | null {
    const { labelled, whole } = this;
    const aboutData = this.firstOfCalls;
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
}

const NONE: readonly never[] = Object.freeze([]);

/** After an operation: about labels of its result (or, when none match, of its inputs), then about the operation. */
export class AskingAfter extends Asking {
  private readonly present: readonly Box[];
  /** Those that are about the result itself. */
  private readonly matching: readonly Guard[];
  private readonly guards: readonly Guard[];

  /** @param verdict with the result as its output */
  constructor(context: Context, operation: Operation, verdict: Verdict, plan: Plan) {
    super(context, operation, verdict);
    this.present = givenInputs(verdict.inputs);
    this.matching = aboutResult(plan, operation, verdict);
    this.guards = inOrder(this.matching, plan.whole);
  }

  protected get firstOfCalls(): number {
    return 0;
  }

  proceed(): PromiseLike<GuardDecision> | null {
    const { context, operation, verdict, guards, matching, present } = this;
    while (this.questions < guards.length) {
      const guard = guards[this.questions++]!;
      this.guard = guard;
      const current = verdict.output!;
      const about = matching.includes(guard) ? current : null;
      const answer = ask(context, operation, guard, verdict, about, present, current);
      if (isPromise(answer)) return answer;
      this.take(answer);
    }
    return null;
  }

  take(answer: GuardDecision): void {
    const { verdict, matching } = this;
    const guard = this.guard!;
    const about = matching.includes(guard) ? verdict.output : null;
    const replacement = record(guard, answer, verdict, verdict.output, about);
    if (replacement !== null && verdict.decision === 'allow') verdict.output = replacement;
  }
}

/** The guards that are about a label of the result, or else of what went in. */
function aboutResult({ labelled }: Plan, { kind }: Operation, { inputs, output }: Verdict): readonly Guard[] {
  const data = withLabelOf(output!.deep, labelled);
  return data.length > 0 || kind === 'show' || kind === 'log' ? data : withLabelOf(inputMark(inputs), labelled);
}

/** The guards about a label that is in the mark. */
function withLabelOf(mark: Mark, labelled: readonly Guard[]): readonly Guard[] {
  let count = 0;
  while (count < labelled.length && markHas(mark, labelled[count]!.filter.value)) count++;
  return count === labelled.length ? labelled : labelled.filter((guard) => markHas(mark, guard.filter.value));
}

/** Each once. */
function inOrder(first: readonly Guard[], others: readonly Guard[]): readonly Guard[] {
  let all: readonly Guard[] = first;
  for (let i = 0; i < others.length; i++) if (!first.includes(others[i]!)) all = added(all, others[i]!);
  return all;
}

/**
 * What guards come to before a call that none is about for its labels.
 *
 * @returns null when all let it pass
 */
export function judgeBefore(context: Context, operation: Operation, verdict: Verdict, plan: Plan): Verdict | null {
  return askAll(AskingBefore, context, operation, verdict, plan, plan.whole, NONE);
}

/**
 * What guards come to after a call.
 *
 * @param verdict with the result as its output
 * @returns null when all let it pass
 */
export function judgeAfter(context: Context, operation: Operation, verdict: Verdict, plan: Plan): Verdict | null {
  const matching = aboutResult(plan, operation, verdict);
  return askAll(AskingAfter, context, operation, verdict, plan, inOrder(matching, plan.whole), matching);
}

/**
 * Asks guards about a call in a region that never waits. As long as each lets it pass as it is, which
 * nearly all do, nothing of an `Asking` is needed; it goes on after the first that does not.
 */
function askAll(
  longer: new (context: Context, operation: Operation, verdict: Verdict, plan: Plan) => Asking,
  context: Context,
  operation: Operation,
  verdict: Verdict,
  plan: Plan,
  guards: readonly Guard[],
  matching: readonly Guard[],
): Verdict | null {
  const { output } = verdict;
  const given = givenInputs(verdict.inputs);
  const last = guards.length - 1;
  for (let i = 0; i <= last; i++) {
    const guard = guards[i]!;
    const about = matching.includes(guard) ? output : null;
    const answer = ask(context, operation, guard, verdict, about, given, output);
    if (guard.privileged || (answer !== null && answer !== ALLOW)) {
      if (isPromise(answer)) throw waits();
      return new longer(context, operation, verdict, plan).goOn(guard, i, answer);
    }
    // The next may read who has been asked before it.
    if (i < last) record(guard, answer, verdict, null, about);
  }
  return null;
}

function waits(): Error {
  return new Error('internal: a guard compiled as synchronous had to wait');
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
  const { activation } = context;
  return operation.covered === true && activation !== null && markHas(judgedMark(activation), guard.filter.value);
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

function sited(error: unknown, guard: Guard): unknown {
  if (error instanceof MlldError) error.site ??= guard.site;
  return error;
}
