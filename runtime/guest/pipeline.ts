/**
 * Pipelines (language.md 8): stages run in order, a stage may ask for the previous one to run again
 * with a hint, groups run side by side, inline effects see the current value and pass it on.
 */

import { join } from '../shared/marks.js';
import { leadingJoiner, PROPAGATION } from '../shared/propagation.js';
import { Box, box } from './box.js';
import type { Context, StageContext } from './context.js';
import { control, decisive } from './control.js';
import { isPromise, runAsync, runSync, type Steps } from './dual.js';
import { blame, MlldError } from './errors.js';
import { answered, callNow, callSteps, type Executable, executableOf, resultOf } from './executable.js';
import { whileSteps } from './flow.js';
import { bounded, failure, type Parallel, resetErrors } from './parallel.js';
import { type Outcome, Signal } from './signals.js';
import { TRANSFORMERS } from './transformers/index.js';
import { transformed } from './transformers/transform.js';
import { toText } from './values/display.js';
import { makeArray, makeObject } from './values/objects.js';
import { stageInput } from './values/typing.js';

export type Args = (context: Context) => (Box | undefined)[] | PromiseLike<(Box | undefined)[]>;

/** One stage of a pipeline, as compiled code describes it. */
export type Stage =
  | {
      kind: 'call';
      name: string;
      target: (context: Context) => Box | undefined;
      args: Args | null;
      inputArg: boolean;
      site: number;
    }
  | { kind: 'run'; run: (context: Context, input: Box) => Outcome | PromiseLike<Outcome>; site: number }
  | { kind: 'effect'; run: (context: Context, input: Box) => unknown; site: number }
  | {
      kind: 'while';
      name: string;
      target: (context: Context) => Box | undefined;
      args: Args | null;
      limit: Box | null;
      delay: number;
      site: number;
    }
  | { kind: 'parallel'; stages: readonly Stage[]; parallel: Parallel; site: number };

export interface Source {
  run: (context: Context) => Outcome | PromiseLike<Outcome>;
  /** A call may be run again when the first stage asks for a retry; a plain value is supplied again. */
  retryable: boolean;
}

export interface PipelineOptions {
  /** Where messages say the pipeline stands: `@r` of `var @r = …`, or empty. */
  name?: string;
  site: number;
}

const MAX_RETRIES = 10;

const joinInput = leadingJoiner(PROPAGATION.stage, 'input');

/** Runs a pipeline; the result carries everything the source and the stages contributed. */
export function pipe(context: Context, source: Source, stages: readonly Stage[], options: PipelineOptions): Box {
  return new Run(context, source, stages, options).now();
}

export function pipeA(
  context: Context,
  source: Source,
  stages: readonly Stage[],
  options: PipelineOptions,
): Promise<Box> {
  return runAsync(pipeSteps(context, source, stages, options));
}

export function* pipeSteps(
  context: Context,
  source: Source,
  stages: readonly Stage[],
  options: PipelineOptions,
): Steps<Box> {
  const run = new Run(context, source, stages, options);
  return yield* run.steps();
}

class Run {
  /** Value before stage i; index 0 is the source's. */
  private readonly values: Box[] = [];
  /** How often a stage (or the source, at 0) ran again because a later one asked. */
  private readonly retries: number[];
  private readonly attempts: number[];
  private readonly hints: (Box | null)[];
  /** One entry for each stage that asked for retries: what the repeated stage answered each time. */
  private readonly contexts: { requester: number; target: number; outputs: Box[] }[] = [];
  private readonly guards: Box[] = [];
  private result: Box | null = null;

  constructor(
    private readonly context: Context,
    private readonly source: Source,
    private readonly stages: readonly Stage[],
    private readonly options: PipelineOptions,
  ) {
    this.retries = new Array(stages.length + 1).fill(0);
    this.attempts = new Array(stages.length + 1).fill(0);
    this.hints = new Array(stages.length + 1).fill(null);
  }

  *steps(): Steps<Box> {
    // Position 0 is the source, position i the stage i − 1.
    let position = 0;
    while (position <= this.stages.length) {
      let outcome = position === 0 ? this.startSource() : yield* this.runStage(position);
      if (isPromise(outcome)) outcome = (yield outcome) as Outcome;
      position = this.take(position, outcome as Outcome);
    }
    return this.result!;
  }

  /** The same where nothing waits. */
  now(): Box {
    let position = 0;
    while (position <= this.stages.length) {
      const outcome = position === 0 ? this.startSource() : this.stageNow(position);
      position = this.take(position, outcome as Outcome);
    }
    return this.result!;
  }

  /** Takes what the source or a stage answered. Returns where to go on; behind the last stage to end. */
  private take(position: number, outcome: Outcome): number {
    if (outcome instanceof Signal && outcome.kind === 'retry') return this.retryFrom(position, outcome);
    const value = resultOf(outcome);
    const mark = position === 0 ? value.mark : joinInput(value.mark, this.values[position - 1]!.deep);
    if (this.contexts.length > 0) this.repeated(position)?.outputs.push(value);
    const result = mark === value.mark ? value : new Box(value.value, mark, value.extra, join(value.deep, mark));
    this.values[position] = result;
    this.result = result;
    if (position > 0 && this.stages[position - 1]!.kind !== 'effect') {
      // What is empty ends the pipeline, so whether the stages behind do something depends on it.
      if (control.strict && this.doesMore(position)) decisive(value, this.stages[position]!.site);
      if (isEmptyText(value)) return this.stages.length + 1;
    }
    return position + 1;
  }

  private repeated(position: number) {
    return this.contexts.find((c) => c.target === position && this.retries[c.requester]! > c.outputs.length);
  }

  /** Whether a stage behind `position` is more than a transformation of the value. */
  private doesMore(position: number): boolean {
    return this.stages
      .slice(position)
      .some((stage) => stage.kind !== 'call' || stage.target(this.context) !== undefined);
  }

  private startSource(): Outcome | PromiseLike<Outcome> {
    const again = this.attempts[0]!++ > 0;
    if (again && !this.source.retryable) return this.values[0];
    return this.source.run(this.context.staged(this.stageContext(0, null), this.context.input));
  }

  private *runStage(position: number): Steps<Outcome> {
    const stage = this.stages[position - 1]!;
    const input = this.values[position - 1]!;
    const context = this.enter(position, input);
    try {
      return yield* runStage(context, stage, input);
    } catch (error) {
      throw this.wrap(error, stage, position);
    }
  }

  private stageNow(position: number): Outcome {
    const stage = this.stages[position - 1]!;
    const input = this.values[position - 1]!;
    const context = this.enter(position, input);
    try {
      return runStageNow(context, stage, input);
    } catch (error) {
      throw this.wrap(error, stage, position);
    }
  }

  /** The context of a stage's next attempt. */
  private enter(position: number, input: Box): Context {
    this.attempts[position]!++;
    const context = this.context.staged(this.stageContext(position, input), input);
    this.hints[position] = null;
    return context;
  }

  /** Where to resume when the stage at `position` asked for a retry. */
  private retryFrom(position: number, request: Signal): number {
    if (this.context.stage?.parallel)
      throw new MlldError('MlldDirective', 'RETRY_IN_PARALLEL', 'retry not supported in parallel stage', {
        site: request.site,
      });
    if (position === 0) resultOf(request);
    let target = position - 1;
    while (target > 0 && this.stages[target - 1]!.kind === 'effect') target--;
    if (++this.retries[position]! > MAX_RETRIES) {
      throw new MlldError(
        'MlldDirective',
        'RETRY_LIMIT',
        `Maximum retry attempts (${MAX_RETRIES}) exceeded at pipeline stage ${this.number(position)}`,
        {
          site: request.site,
        },
      );
    }
    if (!this.contexts.some((c) => c.requester === position))
      this.contexts.push({ requester: position, target, outputs: [] });
    this.hints[target] = request.value;
    return target;
  }

  /** The stage's number as `@mx.stage` counts: effects do not count. */
  private number(position: number): number {
    let number = 0;
    for (let i = 0; i < position; i++) if (this.stages[i]!.kind !== 'effect') number++;
    return number;
  }

  private stageContext(position: number, input: Box | null): StageContext {
    const outputs: Box[] = [];
    for (let i = 0; i < position; i++)
      if (i === 0 || this.stages[i - 1]!.kind !== 'effect') outputs.push(this.values[i]!);
    return {
      try: this.attempts[position]!,
      stage: this.number(position),
      total: this.number(this.stages.length),
      input,
      hint: this.hints[position]!,
      outputs,
      ...this.tried(position),
      lastOutput: input,
      guards: this.guards,
      parallel: false,
    };
  }

  private tried(position: number): Pick<StageContext, 'tries' | 'retries'> {
    if (this.contexts.length === 0) return { tries: [], retries: [] };
    const retries = this.contexts.map((c) => makeArray(c.outputs));
    return { tries: this.contexts.find((c) => c.requester === position)?.outputs.slice() ?? retries.slice(), retries };
  }

  private wrap(error: unknown, stage: Stage, position: number): unknown {
    if (!(error instanceof MlldError)) return error;
    blame(error, this.values[position - 1]!.deep);
    error.site ??= stage.site;
    if (!WRAPPED.has(error.kind) || error.message.startsWith('Directive error (pipeline)')) return error;
    if (error.code === 'RETRY_LIMIT') return error;
    if (error.code === 'PIPELINE_FUNCTION_MISSING') return this.missing(error, stage, position);
    const name = 'name' in stage ? `@${stage.name}` : stage.kind;
    const wrapped = new MlldError(
      'MlldDirective',
      error.code,
      `Directive error (pipeline): Pipeline execution failed at '${name}': Pipeline failed at stage ${this.number(position)}: ${error.message}`,
      { ...error.info, site: error.site },
    );
    wrapped.frames.push(...error.frames);
    return blame(wrapped, error.mark);
  }

  /** The stage's function does not exist: told of the variable the pipeline is for, or else of the stage. */
  private missing(error: MlldError, stage: Stage, position: number): MlldError {
    // One that is missing inside the stage is none of the pipeline's.
    if (!('name' in stage) || error.site !== stage.site || error.frames.length > 0) return error;
    if (this.options.name !== undefined) return missingFunction(stage.name, this.options.name, stage.site);
    return new MlldError(
      'MlldDirective',
      error.code,
      `Pipeline failed at stage ${this.number(position)}: Pipeline command ${stage.name} not found`,
      { site: stage.site, hint: `Available functions: ${transformerNames()}` },
    );
  }
}

/** Errors that are told as the failure of their stage (language.md 8.1). */
const WRAPPED = new Set(['MlldInterpreter', 'MlldDirective', 'MlldCommandExecution', 'Transformer']);

function isEmptyText(value: Box): boolean {
  return value.value === '' || (value.value === null && value.extra?.text === '');
}

/** What `runStage` does, where nothing waits. */
function runStageNow(context: Context, stage: Stage, input: Box): Outcome {
  switch (stage.kind) {
    case 'call':
      return asRetry(callStageNow(context, stage, input), stage.site);
    case 'run':
      return stage.run(context, input) as Outcome;
    case 'effect':
      stage.run(context, input);
      return input;
    default:
      return runSync(runStage(context, stage, input));
  }
}

function* runStage(context: Context, stage: Stage, input: Box): Steps<Outcome> {
  switch (stage.kind) {
    case 'call':
      return asRetry(yield* callStage(context, stage, input), stage.site);
    case 'run': {
      const outcome = stage.run(context, input);
      return isPromise(outcome) ? ((yield outcome) as Outcome) : (outcome as Outcome);
    }
    case 'effect': {
      const done = stage.run(context, input);
      if (isPromise(done)) yield done;
      return input;
    }
    case 'while': {
      const limit = stage.limit ? Number(decisive(stage.limit, stage.site).value) : null;
      return yield* whileSteps(
        context,
        input,
        limit,
        stage.delay,
        (inner, state) => callStage(inner, { ...stage, kind: 'call', inputArg: false }, state),
        stage.site,
      );
    }
    case 'parallel':
      return (yield parallelGroup(context, stage, input)) as Box;
  }
}

/** A js stage asks for a retry by returning the word (language.md 8.3). */
function asRetry(outcome: Outcome, site: number): Outcome {
  if (!(outcome instanceof Box) || !outcome.mark.taint.includes('src:js')) return outcome;
  // In strict flow a word that labelled data may have written is data.
  if (control.strict && outcome.mark.taint.length > 1) return outcome;
  return outcome.value === 'retry' ? new Signal('retry', null, site) : outcome;
}

type CallStage = Extract<Stage, { kind: 'call' }>;

function* callStage(context: Context, stage: CallStage, input: Box): Steps<Outcome> {
  const target = stage.target(context);
  let extra: (Box | undefined)[] = [];
  if (stage.args) {
    const args = stage.args(context);
    extra = isPromise(args) ? ((yield args) as (Box | undefined)[]) : (args as (Box | undefined)[]);
  }
  if (target === undefined) return builtinStage(stage, input, extra);
  const executable = executableOf(target, stage.name, stage.site);
  const args = stageArguments(context, stage, executable, input, extra);
  return answered(context, target, yield* callSteps(context, executable, args, stage.site, 'pipeline-stage'));
}

function callStageNow(context: Context, stage: CallStage, input: Box): Outcome {
  const target = stage.target(context);
  const extra = stage.args ? (stage.args(context) as (Box | undefined)[]) : [];
  if (target === undefined) return builtinStage(stage, input, extra);
  const executable = executableOf(target, stage.name, stage.site);
  const args = stageArguments(context, stage, executable, input, extra);
  return answered(context, target, callNow(context, executable, args, stage.site, 'pipeline-stage'));
}

function builtinStage(stage: CallStage, input: Box, extra: (Box | undefined)[]): Box {
  const transform = TRANSFORMERS.get(stage.name);
  if (transform) return transformed(transform, input, extra);
  throw missingFunction(stage.name, undefined, stage.site);
}

function stageArguments(
  context: Context,
  stage: CallStage,
  executable: Executable,
  input: Box,
  extra: (Box | undefined)[],
): (Box | undefined)[] {
  // Writing @input as the only argument of a one-parameter stage names the input; it is not shifted.
  const args = stage.inputArg && executable.params.length === 1 ? extra : [prepare(executable, input), ...extra];
  return withPipelineView(context, executable, args);
}

const CODE = new Set(['js', 'node', 'py']);

/** A parameter named `pipeline` or `p` that got no argument is the pipeline's context (language.md 8.2). */
function withPipelineView(context: Context, executable: Executable, args: (Box | undefined)[]): (Box | undefined)[] {
  const { params } = executable;
  const { stage } = context;
  if (!stage) return args;
  for (let i = Math.max(args.length, 1); i < params.length; i++) {
    // Code has no ambient names: its further parameters are empty text in a stage.
    if (CODE.has(executable.medium)) args[i] = box('');
    else if (params[i] === 'pipeline' || params[i] === 'p') args[i] = pipelineView(stage);
  }
  return args;
}

/** Code stages receive native data: text that is JSON is parsed, and converts back to that text. */
export function prepare(executable: Executable, input: Box): Box {
  if (!CODE.has(executable.medium) || input.extra?.keep) return input;
  const data = stageInput(input);
  if (typeof data !== 'object' || data === null)
    return data === input.value ? input : new Box(data, input.mark, null, input.deep);
  return new Box(data, input.mark, { text: input.extra?.text ?? input.extra?.raw ?? toText(input) }, input.deep);
}

function transformerNames(): string {
  return [...TRANSFORMERS.keys()]
    .filter((name) => name === name.toLowerCase() && name !== 'typeof')
    .sort()
    .join(', ');
}

/** @param subject what the function was to be applied to: `@r` of `var @r = …`, or the variable before a condensed pipe */
export function missingFunction(name: string, subject: string | undefined, site: number): MlldError {
  const place = subject === undefined ? '' : ` (in ${subject})`;
  return new MlldError(
    'MlldDirective',
    'PIPELINE_FUNCTION_MISSING',
    `Pipeline function '@${name}' is not defined${place}. Available functions: ${transformerNames()}`,
    { site },
  );
}

/** Members of a group get the same input; results stand in declaration order (language.md 8.4). */
async function parallelGroup(context: Context, group: Extract<Stage, { kind: 'parallel' }>, input: Box): Promise<Box> {
  return parallelRun(
    group.stages.map((stage) => (inner: Context) => runAsync(runStage(inner, stage, input))),
    context,
    group.parallel,
    group.site,
  );
}

/** Runs members side by side: the array of their results, with markers for those that failed. */
export async function parallelRun(
  members: readonly ((context: Context) => Promise<Outcome>)[],
  context: Context,
  parallel: Parallel,
  site: number,
): Promise<Box> {
  resetErrors();
  const results: Box[] = new Array(members.length);
  await bounded(members.length, parallel, site, async (i) => {
    const inner = context.stage ? context.with({ stage: { ...context.stage, parallel: true } }) : context;
    try {
      const outcome = await members[i]!(inner);
      if (outcome instanceof Signal && outcome.kind === 'retry') {
        throw new MlldError('MlldBail', 'RETRY_IN_PARALLEL', 'retry not supported in parallel stage', {
          site: outcome.site,
        });
      }
      results[i] = asText(resultOf(outcome));
    } catch (error) {
      results[i] = failure(error, 'parallel stage', i, i, null, site);
    }
  });
  return makeArray(results);
}

/** What a member of a group answers is a text or a container: numbers and booleans stand as their text (language.md 7.4). */
function asText(result: Box): Box {
  const { value } = result;
  if (typeof value !== 'number' && typeof value !== 'boolean') return result;
  return new Box(toText(result), result.mark, result.extra, result.deep);
}

/** `@p` (language.md 8.2): outputs by index from either end, and the counters. */
export function pipelineView(stage: StageContext): Box {
  const entries: [string, Box][] = [];
  const { outputs } = stage;
  for (let i = 0; i < outputs.length; i++) entries.push([String(i), outputs[i]!]);
  // At the first stage there is no previous output: it reads as nothing.
  if (outputs.length === 1) entries.push(['-1', box('')]);
  for (let i = 1; i < outputs.length; i++) entries.push([String(-i), outputs[outputs.length - i]!]);
  entries.push(
    ['try', box(stage.try)],
    ['tries', makeArray(stage.tries)],
    ['stage', box(stage.stage)],
    ['length', box(Math.max(outputs.length - 1, 0))],
    ['retries', makeObject([['all', makeArray(stage.retries)]])],
    ['guards', makeArray(stage.guards)],
  );
  return makeObject(entries);
}
