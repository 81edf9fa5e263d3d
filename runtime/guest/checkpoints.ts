/**
 * Checkpoints (security.md 12): answers of executables labelled `llm` are kept by the host, and a
 * run that was interrupted takes them up again. What is asked is the host's cache, by the name of
 * the executable and its arguments; here is what decides whether a call may be asked for at all.
 *
 * Calls that are given or answer confidential data are never kept: the cache is a file. Labels are
 * kept with the answer and joined with what the call would give it now.
 */

import { isResumeMode, type ResumeMode } from '../shared/bundle.js';
import { join, joinAll, type MarkParts, makeMark, markToJSON, withLabels } from '../shared/marks.js';
import { isConfidential } from '../shared/security/confidential.js';
import { Box, box, type Extra, isObject, plain } from './box.js';
import type { Context } from './context.js';
import { type DoorArgument, doorCall } from './door.js';
import { MlldError } from './errors.js';
import { isExecutable, isStreaming } from './executable.js';
import { durationOf } from './flow.js';
import { intercept, type Operation } from './operate.js';
import { beside } from './security/concern.js';
import { interceptor } from './security/interceptor.js';
import { guards } from './security/registry.js';
import { runState } from './state.js';
import { toText } from './values/display.js';
import { makeObject } from './values/objects.js';
import { truthy } from './values/truth.js';

/** What `checkpoint "name" with { … }` says about the calls that follow it. */
interface Scope {
  readonly name: string;
  readonly mode: ResumeMode | null;
  readonly ttl: number | null;
  readonly complete: (() => Box | PromiseLike<Box>) | null;
}

let scope: Scope | null = null;
/** Conditions of scopes that closed and are still being computed. */
const closing: Promise<unknown>[] = [];

/** Called when an executable labelled `llm` is made: from then on calls are looked up. */
export function keepAnswers(): void {
  if (runState.resume !== null) intercept(interceptor, beside);
}

export interface CheckpointOptions {
  readonly resume?: Box;
  readonly ttl?: Box;
  readonly complete?: () => Box | PromiseLike<Box>;
}

/** `checkpoint "name" with { resume, ttl, complete }`: a name may be passed once (language.md 10.5). */
export function checkpoint(_context: Context, name: Box, site: number, options: CheckpointOptions = {}): void {
  const text = toText(name);
  if (text.trim() === '')
    throw new MlldError('MlldDirective', 'CHECKPOINT_NAME', 'Checkpoint name must not be empty', {
      site,
      hint: 'A checkpoint is named by what has been reached: checkpoint "reviewed".',
    });
  if (runState.checkpoints.has(text))
    throw new MlldError(
      'MlldDirective',
      'CHECKPOINT_DUPLICATE',
      `Duplicate checkpoint "${text}" encountered at runtime`,
      { site },
    );
  runState.checkpoints.add(text);
  const mode = options.resume ? toText(options.resume) : null;
  if (mode !== null && !isResumeMode(mode))
    throw new MlldError(
      'MlldDirective',
      'CHECKPOINT_OPTION',
      `Checkpoint "${text}": resume must be auto, manual or never`,
      {
        site,
      },
    );
  const ttl = options.ttl ? durationOf(options.ttl, site, 'checkpoint') : null;
  if (runState.resume === null) return;
  closeScope(site);
  scope = { name: text, mode, ttl, complete: options.complete ?? null };
  doorCall('checkpoint.reach', { name: text }, site);
}

/** Ends the last scope of a run; answers what has to be waited for, if anything. */
export function endCheckpoints(): Promise<unknown> | null {
  closeScope(-1);
  return closing.length > 0 ? Promise.all(closing) : null;
}

function closeScope(site: number): void {
  const closed = scope;
  scope = null;
  if (!closed?.complete) return;
  const report = (value: Box): void => {
    doorCall('checkpoint.complete', { name: closed.name, complete: truthy(value) }, site);
  };
  const value = closed.complete();
  if (value instanceof Box) report(value);
  else closing.push(Promise.resolve(value).then(report));
}

/** One call that may be answered from the cache, or kept in it. */
export interface Lookup {
  readonly key: string;
  /** The kept answer, or null when the call has to be made. */
  readonly answer: Box | null;
  /** Keeps what the call has answered. */
  keep(answer: Box): void;
}

/** Asks for the answer of a call; null when calls like it are not kept. */
export function lookup(context: Context, operation: Operation, inputs: readonly (Box | undefined)[]): Lookup | null {
  const target = operation.executable;
  if (runState.resume === null || !target || isStreaming(context, target)) return null;
  if (!target.labels.includes('llm') && !operation.labels?.includes('llm')) return null;
  const mark = joinAll([...inputs, ...(operation.captured ?? [])].flatMap((input) => (input ? [input.deep] : [])));
  if (isConfidential(mark)) return null;
  const args = inputs.map((input) => argumentOf(input?.value));
  const reply = doorCall(
    'checkpoint.get',
    {
      fn: target.name,
      args,
      guards: guards.map(({ id, timing, filter }) => `${timing} ${filter.kind}:${filter.value} ${id}`),
      mode: scope?.mode ?? runState.resume,
      // Who asks again wants another answer than the one he has.
      again: context.repeated || (context.stage !== null && context.stage.try > 1),
      ttl: scope?.ttl ?? undefined,
      scope: scope?.complete ? scope.name : undefined,
      site: operation.site >= 0 ? operation.site : undefined,
    },
    operation.site,
  ).value as { key: string; ticket: number; hit: { value: unknown; extra: Extra | null; mark: MarkParts } | null };
  const own = withLabels(join(target.mark, mark), operation.labels ?? []);
  const { key, ticket, hit } = reply;
  return {
    key,
    answer: hit && new Box(hit.value, join(makeMark(hit.mark), own), hit.extra),
    keep: (answer) => keep(ticket, answer, operation.site),
  };
}

function keep(ticket: number, answer: Box, site: number): void {
  const value = plain(answer.value);
  // A command that failed has given no answer.
  if (answer.extra?.failed) return;
  if (ticket < 0 || isConfidential(answer.deep) || !isData(value) || !isData(answer.extra)) return;
  doorCall(
    'checkpoint.put',
    { ticket, value: value as DoorArgument, extra: answer.extra as DoorArgument, mark: { ...markToJSON(answer.deep) } },
    site,
  );
}

/** `@mx.checkpoint` where a call was looked up. */
export function checkpointValue({ key, answer }: Lookup): Box {
  return makeObject([
    ['hit', box(answer !== null)],
    ['key', box(key)],
  ]);
}

/** An argument as it counts for the key: plain data, with names for what is none. */
function argumentOf(value: unknown): unknown {
  const data = plain(value);
  if (data === undefined) return { $type: 'undefined' };
  if (isExecutable(data)) return { $type: 'executable', name: data.name };
  if (Array.isArray(data)) return data.map(argumentOf);
  if (isObject(data)) return Object.fromEntries(Object.entries(data).map(([key, member]) => [key, argumentOf(member)]));
  return typeof data === 'object' && data !== null ? { $type: data.constructor.name, text: String(data) } : data;
}

/** Whether JSON holds all of it. */
function isData(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isData);
  if (isObject(value)) return Object.values(value).every(isData);
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
}
