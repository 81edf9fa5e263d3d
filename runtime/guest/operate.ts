/**
 * The operation pipeline: every call, stage, effect and command that somebody may guard goes
 * through `operate` (security.md 3.4). Programs without guards, hooks and policies never enter it.
 *
 * Order: hooks before → guards on each input → policy on each input → guards on the operation →
 * the operation → guards on the result → hooks after. Everything that decides is registered here
 * by the security modules, so this file names the order and nothing else.
 */

import type { Box } from './box.js';
import type { Activation, Context, StageContext } from './context.js';
import type { Steps } from './dual.js';
import type { Executable } from './executable.js';
import type { Verdict } from './security/verdict.js';
import type { Outcome } from './signals.js';
import type { Parts } from './templates.js';

export interface Operation {
  /** `exe pipeline-stage run show log output append var import` … (security.md 4). */
  kind: string;
  subtype?: string;
  name?: string;
  executable?: Executable;
  /** Labels of the operation itself, beyond those of its executable. */
  labels?: readonly string[];
  inputs: readonly (Box | undefined)[];
  /** Marked variables the operation reads beside its inputs: they count, but cannot be replaced. */
  captured?: readonly Box[];
  /** What the only input is put together from: guards on labels judge the parts. */
  parts?: Parts;
  /** Names of the inputs, where they have one. */
  params?: readonly string[];
  /** The calls it is made in, innermost first: policies count the labels of their executables as the operation's own. */
  around?: Activation | null;
  command?: string;
  /** Where it writes, as it is written. */
  target?: string;
  /** The same as a path from the root, which is what policies judge. */
  path?: string;
  /** True when the operation around it already went through the guards: only what is new is judged. */
  covered?: boolean;
  /** True for operations that can be performed again. */
  retryable?: boolean;
  /** What else `@mx.op.metadata` says. */
  metadata?: object;
  /** Of a pipeline's stage, where it stands. */
  stage?: StageContext | null;
  /** Of a pipeline's stage, whether its result is out before it is complete. */
  streaming?: boolean;
  /** What the cache of llm calls said about it, for `@mx.checkpoint`. */
  checkpoint?: Box;
  site: number;
}

/** Media whose executables are one command or block: the call has been judged as that operation. */
export const CODE_MEDIA: ReadonlySet<string> = new Set(['cmd', 'sh', 'js', 'node', 'py']);

/** Carries the operation out; `attempt` counts from 1. */
export type Perform = (context: Context, inputs: readonly (Box | undefined)[], attempt: number) => Steps<Outcome>;

/**
 * The security layer as the pipeline uses it.
 *
 * @param judged what the guards before the operation have said already
 */
export type Interceptor = (
  context: Context,
  operation: Operation,
  perform: Perform,
  judged?: Verdict,
) => Steps<Outcome>;

/** What operations that do not go through the pipeline need of the security layer. */
export interface Bystander {
  /**
   * Judges a call where nothing has to be waited for: it passes, or the pipeline has to go on from
   * the verdict of the guards before it, or to do everything because more than guards is involved.
   * Calls of models always go through the pipeline, which knows of kept answers.
   */
  judgeCall(
    context: Context,
    target: Executable,
    args: readonly (Box | undefined)[],
    kind: 'exe' | 'pipeline-stage',
    site: number,
  ): Verdict | 'passes' | 'involved';
  /**
   * Judges the result of a call that passed.
   * @returns the result, or what a guard puts in its place
   */
  judgeResult(
    context: Context,
    target: Executable,
    args: readonly (Box | undefined)[],
    kind: 'exe' | 'pipeline-stage',
    site: number,
    result: Box,
  ): Box;
  /** Whether nobody has a say about an operation that is no call. */
  passes(context: Context, operation: Operation): boolean;
  /** Notes that a call has been made beside the pipeline. */
  called(target: Executable): void;
}

let interceptor: Interceptor | null = null;
let installed: Bystander | null = null;

/** True once anything is registered that could decide about an operation. */
export function operationsActive(): boolean {
  return interceptor !== null;
}

/** Installs the security layer; once, when the first guard, hook or policy is registered. */
export function intercept(with_: Interceptor, beside: Bystander): void {
  interceptor ??= with_;
  installed ??= beside;
}

/** The security layer for calls, or null as long as there is none. */
export function bystander(): Bystander | null {
  return installed;
}

/** Performs an operation under everything that has a say about it. */
export function* operate(context: Context, operation: Operation, perform: Perform, judged?: Verdict): Steps<Outcome> {
  if (interceptor === null) return yield* perform(context, operation.inputs, 1);
  return yield* interceptor(context, operation, perform, judged);
}
