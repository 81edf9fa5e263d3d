/** Guards at work (security.md 3.2–3.5): who matches, what they see, and what their answers amount to. */

import { EMPTY, join, joinAll, type Mark, makeMark } from '../../shared/marks.js';
import { joiner, originMark, PROPAGATION } from '../../shared/propagation.js';
import { Box, box, plain } from '../box.js';
import type { Context, GuardContext } from '../context.js';
import { note } from '../document.js';
import { isPromise, type Steps } from '../dual.js';
import { MlldError } from '../errors.js';
import { callOf, type Executable } from '../executable.js';
import type { Operation } from '../operate.js';
import { toText } from '../values/display.js';
import { makeArray, makeObject } from '../values/objects.js';
import { type EnvRequest, envRequest } from './env-action.js';
import { GuardArgs, GuardInputs } from './inputs.js';
import { applyModifiers } from './labels.js';
import { inputMark, judgedMark, keysOf, matchesOperation, opValue } from './operations.js';
import { overrides } from './override.js';
import { type Guard, type GuardDecision, guards, markHas } from './registry.js';

/** Attempts of an operation a guard may ask for (security.md 3.5). */
export const MAX_ATTEMPTS = 3;

export interface Hint {
  guardName: string;
  hint: string;
  severity: string;
}

/** What became of an earlier attempt (`@mx.guard.tries`). */
export interface Try {
  attempt: number;
  decision: 'retry';
  hint: string;
}

export interface TraceEntry {
  guard: Guard;
  decision: 'allow' | 'deny' | 'retry' | 'env';
  reason: string | null;
  replacement: Box | null;
}

/** What a phase of guards came to. */
export interface Verdict {
  decision: 'allow' | 'deny' | 'retry';
  inputs: (Box | undefined)[];
  output: Box | null;
  reasons: string[];
  hints: Hint[];
  trace: TraceEntry[];
  /** The guard whose decision counts. */
  guard: Guard | null;
  /** A privileged guard said allow by an entry that matched; it lifts label-flow refusals of policies. */
  privilegedAllow: boolean;
  timing: 'before' | 'after';
  attempt: number;
  /** The attempts before this one. */
  tries: readonly Try[];
  /** What the first `env` action asks for. */
  env: EnvRequest | null;
}

interface Subject {
  /** The value the guard is about, or null for the operation as a whole. */
  value: Box | null;
  inputs: readonly Box[];
  output: Box | null;
  mark: Mark;
}

export function emptyVerdict(
  inputs: (Box | undefined)[],
  timing: 'before' | 'after',
  attempt: number,
  tries: readonly Try[] = [],
): Verdict {
  return {
    decision: 'allow',
    inputs,
    output: null,
    reasons: [],
    hints: [],
    trace: [],
    guard: null,
    privilegedAllow: false,
    timing,
    attempt,
    tries,
    env: null,
  };
}

/** Guards before an operation: first on each labelled input, then on the operation. */
export function* beforeGuards(
  context: Context,
  operation: Operation,
  inputs: (Box | undefined)[],
  attempt: number,
  tries: readonly Try[],
): Steps<Verdict> {
  const verdict = emptyVerdict(
    inputs.slice(),
    'before',
    context.stage && operation.kind === 'pipeline-stage' ? context.stage.try : attempt,
    tries,
  );
  const listed = listedGuards(context, operation, 'before');
  if (listed.length === 0) return verdict;
  const keys = keysOf(operation);
  // What a hook has put in the place of the whole has no parts any more.
  const parts = inputs[0] === operation.inputs[0] ? operation.parts : undefined;
  const values: (Box | undefined)[] = parts ? parts.values.slice() : verdict.inputs;
  for (let i = 0; i < values.length; i++) {
    for (const guard of listed) {
      const value = values[i];
      if (
        value === undefined ||
        guard.filter.kind !== 'label' ||
        !markHas(value.deep, guard.filter.value) ||
        isCovered(context, operation, guard)
      )
        continue;
      const decision = yield* ask(context, operation, guard, verdict, {
        value,
        inputs: [value],
        output: null,
        mark: value.deep,
      });
      const replacement = record(guard, decision, verdict, value);
      if (replacement && verdict.decision === 'allow') values[i] = replacement;
    }
  }
  if (parts && values.some((value, i) => value !== parts.values[i])) verdict.inputs = [parts.render(values as Box[])];
  // What the body reads from around it is judged like an argument; it is not there to be replaced.
  for (const value of operation.captured ?? []) {
    for (const guard of listed) {
      if (guard.filter.kind !== 'label' || !markHas(value.deep, guard.filter.value)) continue;
      record(
        guard,
        yield* ask(context, operation, guard, verdict, { value, inputs: [value], output: null, mark: value.deep }),
        verdict,
        null,
      );
    }
  }
  for (const guard of listed) {
    if (!matchesWhole(guard, operation, keys)) continue;
    const present = [
      ...verdict.inputs.filter((input): input is Box => input !== undefined),
      ...(operation.captured ?? []),
    ];
    if (present.length === 0 && guard.aboutValue && isSource(context)) continue;
    const decision = yield* ask(context, operation, guard, verdict, {
      value: null,
      inputs: present,
      output: null,
      mark: inputMark(present),
    });
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
  const listed = listedGuards(context, operation, 'after');
  if (listed.length === 0) return verdict;
  const present = inputs.filter((input): input is Box => input !== undefined);
  const data = listed.filter((guard) => guard.filter.kind === 'label' && markHas(output.deep, guard.filter.value));
  const isEffect = operation.kind === 'show' || operation.kind === 'log';
  const matching =
    data.length > 0 || isEffect
      ? data
      : listed.filter((guard) => guard.filter.kind === 'label' && markHas(inputMark(present), guard.filter.value));
  const keys = keysOf(operation);
  const seen = new Set<Guard>();
  for (const guard of [...matching, ...listed.filter((g) => matchesWhole(g, operation, keys))]) {
    if (seen.has(guard)) continue;
    seen.add(guard);
    const about = guard.filter.kind === 'label' && matching.includes(guard);
    const current = verdict.output as Box;
    const subject: Subject = { value: about ? current : null, inputs: present, output: current, mark: current.deep };
    const decision = yield* ask(context, operation, guard, verdict, subject);
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
  const keys = keysOf(operation);
  return listedGuards(context, operation, 'after').some(
    (guard) =>
      only(guard) &&
      (matchesWhole(guard, operation, keys) ||
        (guard.filter.kind === 'label' && markHas(inputMark(inputs), guard.filter.value))),
  );
}

/** The guards of a phase, counted again when there are more than before. */
const phases: Record<'before' | 'after', { counted: number; list: readonly Guard[] }> = {
  before: { counted: 0, list: [] },
  after: { counted: 0, list: [] },
};

/** The guards of a phase, overridden or not. */
export function registered(timing: 'before' | 'after'): readonly Guard[] {
  const phase = phases[timing];
  if (phase.counted !== guards.length) {
    phase.counted = guards.length;
    phase.list = guards.filter((guard) => guard.timing === timing || guard.timing === 'always');
  }
  return phase.list;
}

function listedGuards(context: Context, operation: Operation, timing: 'before' | 'after'): readonly Guard[] {
  const listed = registered(timing);
  return listed.length === 0 || context.override === null ? listed : overrides(context, operation, listed);
}

/** Answers of `judgesCall`, by executable: they depend on nothing that changes. */
const judged = {
  exe: new WeakMap<Executable, Map<Guard, boolean>>(),
  'pipeline-stage': new WeakMap<Executable, Map<Guard, boolean>>(),
};

/** Whether a guard is about all calls of an executable, whatever the arguments. */
export function judgesCall(guard: Guard, target: Executable, kind: 'exe' | 'pipeline-stage'): boolean {
  const answers = judged[kind].get(target) ?? new Map<Guard, boolean>();
  const known = answers.get(guard);
  if (known !== undefined) return known;
  const operation = callOf(target, [], kind, -1);
  const answer = matchesWhole(guard, operation, keysOf(operation));
  judged[kind].set(target, answers.set(guard, answer));
  return answer;
}

/** An operation guard, a function guard, or a label that is on the operation itself. */
function matchesWhole(guard: Guard, operation: Operation, keys: ReadonlySet<string>): boolean {
  const { kind, value } = guard.filter;
  if (operation.covered) return kind === 'operation' && value.includes(':') && matchesOperation(keys, value);
  if (kind === 'operation') return matchesOperation(keys, value);
  if (kind === 'function')
    return (
      operation.executable !== undefined && (operation.name === value || operation.name === value.split('.').pop())
    );
  return operation.kind !== 'var' && matchesOperation(keys, value);
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

function* ask(
  context: Context,
  operation: Operation,
  guard: Guard,
  verdict: Verdict,
  subject: Subject,
): Steps<GuardDecision> {
  if (subject.mark.applied.includes(guard.id) && subject.value !== null) return null;
  const inner = context.with({ guard: { ...guardView(operation, guard, verdict, subject), role: 'guard' } });
  try {
    const decision = guard.decide(inner);
    return isPromise(decision) ? ((yield decision) as GuardDecision) : (decision as GuardDecision);
  } catch (error) {
    if (error instanceof MlldError) error.site ??= guard.site;
    throw error;
  }
}

/** Notes a decision; answers the value that replaces the subject, if there is one. */
function record(guard: Guard, decision: GuardDecision, verdict: Verdict, subject: Box | null): Box | null {
  const note = (kind: TraceEntry['decision'], reason: string | null, replacement: Box | null): void => {
    verdict.trace.push({ guard, decision: kind, reason, replacement });
  };
  if (decision === null) {
    note('allow', null, null);
    return null;
  }
  switch (decision.kind) {
    case 'deny':
      note('deny', decision.reason, null);
      verdict.reasons.push(decision.reason);
      if (verdict.decision !== 'deny') verdict.guard = guard;
      verdict.decision = 'deny';
      return null;
    case 'retry':
      note('retry', decision.hint, null);
      verdict.hints.push({ guardName: guard.id, hint: decision.hint, severity: 'warning' });
      if (verdict.decision === 'allow') {
        verdict.decision = 'retry';
        verdict.guard = guard;
      }
      return null;
    case 'env':
      note('env', null, null);
      verdict.env ??= envRequest(decision);
      return null;
    default: {
      if (guard.privileged) verdict.privilegedAllow = true;
      const replacement = replaced(guard, decision, subject);
      note('allow', null, replacement);
      return replacement;
    }
  }
}

const joinOriginal = joiner(PROPAGATION.guardTransform, 'original');
const joinReplacement = joiner(PROPAGATION.guardTransform, 'replacement');

/** `allow EXPR`, `allow with { … }` and label shorthand: the new value under the old mark. */
function replaced(
  guard: Guard,
  decision: Extract<GuardDecision, { kind: 'allow' | 'relabel' }>,
  subject: Box | null,
): Box | null {
  const name = guard.name ?? `${guard.filter.value}`;
  let value = decision.value;
  const modifiers = decision.kind === 'relabel' ? decision.modifiers : optionModifiers(decision.options);
  if (decision.kind === 'allow') {
    const warning = decision.options.warning;
    if (warning) note(`[Guard Warning] ${toText(warning)}`, warning.deep, guard.site);
  }
  if (value === null && modifiers.length === 0) return null;
  value ??= subject;
  if (value === null) return null;
  const kept = joinReplacement(joinOriginal(EMPTY, subject?.deep ?? EMPTY), value.deep);
  const applied = decision.value === null ? kept.applied : [...kept.applied, guard.id];
  const source = decision.value === null ? kept : join(kept, originMark(PROPAGATION.guardTransform, name));
  const marked = makeMark({ ...source, applied });
  const mark =
    modifiers.length > 0 ? applyModifiers(marked, modifiers, guard.privileged, `Guard ${name}`, guard.site) : marked;
  return new Box(plain(value.value), mark, value.extra);
}

function optionModifiers(options: Record<string, Box | null>): { op: 'add' | 'remove'; label: string }[] {
  const list = (name: string): string[] => {
    const value = options[name] ? plain(options[name].value) : null;
    return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
  };
  return [
    ...list('removeLabels').map((label) => ({ op: 'remove' as const, label })),
    ...list('addLabels').map((label) => ({ op: 'add' as const, label })),
  ];
}

/** The names a guard's conditions may use (security.md 3.3). */
export function guardView(
  operation: Operation,
  guard: Guard,
  verdict: Verdict,
  subject: Subject,
): Omit<GuardContext, 'role'> {
  const input =
    subject.value !== null && verdict.timing === 'before'
      ? subject.value
      : subject.value !== null
        ? subject.value
        : box(new GuardInputs(subject.inputs));
  const output =
    subject.output ??
    box(toText(subject.value ?? subject.inputs[0] ?? box('')), (subject.value ?? subject.inputs[0])?.deep ?? EMPTY);
  return {
    input,
    output,
    lineage: subject.mark,
    mx: {
      ...markFields(subject.mark),
      op: opValue(operation),
      operation: opValue(operation),
      args: box(new GuardArgs(operation.executable?.params ?? operation.params ?? [], verdict.inputs)),
      guard: guardValue(guard, verdict, operation),
      denied: box(false),
      ...(operation.checkpoint && { checkpoint: operation.checkpoint }),
    },
  };
}

export function markFields(mark: Mark): Record<string, Box> {
  return { labels: box(mark.labels.slice()), taint: box(mark.taint.slice()), sources: box(mark.sources.slice()) };
}

/** `@mx.guard`. */
export function guardValue(guard: Guard | null, verdict: Verdict, operation: Operation): Box {
  const present = verdict.inputs.filter((input): input is Box => input !== undefined);
  const hints = verdict.hints.map((hint) => box({ ...hint }));
  return makeObject([
    ['name', box(guard?.name ?? null)],
    [
      'filter',
      box(guard ? `${guard.filter.kind === 'label' ? 'data' : guard.filter.kind}:${guard.filter.value}` : null),
    ],
    ['try', box(verdict.attempt)],
    ['attempt', box(verdict.attempt)],
    ['tries', box(verdict.tries.map((entry) => ({ ...entry })))],
    ['max', box(MAX_ATTEMPTS)],
    ['hintHistory', box([...verdict.tries.map(({ hint }) => hint), ...verdict.hints.map(({ hint }) => hint)])],
    ['hints', makeArray(hints)],
    ['reasons', box(verdict.reasons.slice())],
    ['reason', box(verdict.reasons[0] ?? null)],
    ['trace', makeArray(verdict.trace.map(traceValue))],
    ['decision', box(verdict.decision)],
    ['timing', box(verdict.timing)],
    ['args', box(new GuardArgs(operation.executable?.params ?? operation.params ?? [], verdict.inputs))],
    ['input', present.length === 1 ? present[0]! : makeArray(present)],
    ['output', verdict.output ?? box(null)],
    ['inputPreview', box(preview(verdict.inputs), inputMark(verdict.inputs))],
  ]);
}

export function traceValue(entry: TraceEntry): Box {
  return makeObject([
    ['guardName', box(entry.guard.name)],
    ['decision', box(entry.decision)],
    ['reason', box(entry.reason)],
    ['replacement', entry.replacement ?? box(null)],
  ]);
}

/** What messages may show of the inputs: nothing of a secret. */
export function preview(inputs: readonly (Box | undefined)[]): string {
  const present = inputs.filter((input): input is Box => input !== undefined);
  if (present.length !== 1) return `Array(len=${present.length})`;
  const [only] = present;
  return joinAll([only!.deep]).taint.includes('secret') ? '[REDACTED]' : toText(only!).slice(0, 160);
}
