/**
 * Executables and calls (language.md 5). Every way to run one — a call expression, a pipeline
 * stage, a served tool — ends in `call`, so the marks, the recursion rule, the mlld stack and the
 * guards are in one place.
 */

import { EMPTY, join, type Mark, makeMark, withLabels } from '../shared/marks.js';
import { joiner, PROPAGATION, type PropagationRow } from '../shared/propagation.js';
import { Box, marked } from './box.js';
import { failed, finish, framed, NOTHING } from './call-result.js';
import { capturedValues } from './captures.js';
import type { Context } from './context.js';
import { control } from './control.js';
import { note } from './document.js';
import { runAsync, runSync, type Steps, wait } from './dual.js';
import { MlldError } from './errors.js';
import { bystander, type Operation, operate, operationsActive } from './operate.js';
import { callStarts } from './security/audit.js';
import type { Verdict } from './security/verdict.js';
import { type Outcome, Signal } from './signals.js';
import { truthy } from './values/truth.js';

/** What kind of body an executable has; decides the provenance of its results (security.md 1.3). */
export type Medium = 'template' | 'exe' | 'cmd' | 'sh' | 'js' | 'node' | 'py' | 'mcp' | 'keychain' | 'class';

/** The bodies whose provenance the call adds; the others add it to what they answer. */
const MARKED_HERE: Partial<Record<Medium, PropagationRow>> = {
  template: PROPAGATION.exeTemplate,
  exe: PROPAGATION.exeBlock,
};

export type Body = (context: Context, ...args: (Box | undefined)[]) => Outcome | PromiseLike<Outcome>;

export interface ExecutableOptions {
  name: string;
  params: readonly string[];
  /** Declared types, by position; null where none was written. */
  types?: readonly (string | null)[];
  labels?: readonly string[];
  medium: Medium;
  body: Body;
  /** What interpolating the executable itself prints (language.md 2.3). */
  templateText?: string;
  description?: string;
  /** The name of an MCP tool on the wire. */
  wire?: string;
  site: number;
  /** The marks of the file the body was read from. */
  origin?: Mark;
  /** True when the body is a `when` with a `denied` arm: it handles its own refusals (security.md 3.7). */
  handlesDenied?: boolean;
  /** The variables around the executable that its body reads, as they are now. */
  captures?: () => readonly unknown[];
  /** True when its body is `stream …`, or its definition says `with { stream: true }`. */
  streams?: boolean | Box;
  /** For command bodies, the unexpanded text, shown to guards as `commandPreview`. */
  preview?: string;
  /** `with { policy: … }` of the definition: the context every call of it runs in (security.md 5.1). */
  policy?: Terms;
}

/** The context of a call under the terms its executable was defined with. */
export type Terms = (context: Context) => Context;

export class Executable {
  readonly isExecutable = true;
  readonly name: string;
  readonly params: readonly string[];
  readonly types: readonly (string | null)[];
  readonly labels: readonly string[];
  readonly medium: Medium;
  readonly body: Body;
  readonly templateText: string | undefined;
  readonly description: string | undefined;
  readonly wire: string | undefined;
  readonly preview: string | undefined;
  readonly captures: (() => readonly unknown[]) | undefined;
  readonly policy: Terms | undefined;
  readonly site: number;
  readonly recursive: boolean;
  readonly handlesDenied: boolean;
  readonly streams: boolean;
  /** Labelled `llm`: the tools its configuration names are served to what it runs. */
  readonly isLlm: boolean;
  /** What every result carries: the labels, and the medium's mark where the body does not add it itself. */
  readonly mark: Mark;
  /** The marks of the modules it was imported through. */
  provenance: Mark = EMPTY;

  constructor(options: ExecutableOptions) {
    this.name = options.name;
    this.params = options.params;
    this.types = options.types ?? [];
    this.labels = options.labels ?? [];
    this.medium = options.medium;
    this.body = options.body;
    this.templateText = options.templateText;
    this.description = options.description;
    this.wire = options.wire;
    this.preview = options.preview;
    this.captures = options.captures;
    this.policy = options.policy;
    this.site = options.site;
    this.handlesDenied = options.handlesDenied ?? false;
    const { streams = false } = options;
    this.streams = streams instanceof Box ? truthy(streams) : streams;
    this.recursive = this.labels.includes('recursive');
    this.isLlm = this.labels.includes('llm');
    this.mark = join(
      makeMark({ labels: this.labels, taint: MARKED_HERE[options.medium]?.taint ?? [] }),
      options.origin ?? EMPTY,
    );
  }
}

/** Whether the results of an operation are out before they are complete (security.md 3.5). */
export function isStreaming(context: Context, executable: Executable | undefined): boolean {
  return context.streaming ?? executable?.streams ?? false;
}

/** The limit of nested activations of one `recursive` executable (language.md 5.7). */
let recursionLimit = 64;

export function setRecursionLimit(limit: number): void {
  recursionLimit = limit;
}

/** Tools that are served while an `exe llm` runs. */
export interface ToolBridge {
  /** What its body runs in. */
  readonly context: Context;
  /** The calls that are under way, or undefined. */
  settled(): Promise<unknown> | undefined;
  close(): void;
}

/** What the body of an `exe llm` runs with. */
export interface LlmCall {
  readonly context: Context;
  readonly args: readonly (Box | undefined)[];
  readonly bridge: ToolBridge | null;
}

type LlmOpener = (context: Context, args: readonly (Box | undefined)[], site: number) => LlmCall;

let openLlm: LlmOpener = (context, args) => ({ context, args, bridge: null });

/** Says what a model gets: its tools, and how it verifies its prompts. */
export function llmWith(opener: LlmOpener): void {
  openLlm = opener;
}

/**
 * Calls `target` and answers its value or control word; see `call` for where only a value will do.
 *
 * @param judged what the guards before the call have said already
 */
export function* callSteps(
  around: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  site: number,
  kind: 'exe' | 'pipeline-stage' = 'exe',
  judged?: Verdict,
): Steps<Outcome> {
  requireTool(around, target, site);
  const context = target.policy ? target.policy(around) : around;
  if (!operationsActive()) return yield* perform(context, target, args, site, kind);
  const captured = target.captures ? yield* capturedValues(target) : undefined;
  const operation: Operation = {
    ...callOf(context, target, args, kind, site),
    labels: toolLabels(context, target),
    captured,
  };
  const performed = (inner: Context, inputs: readonly (Box | undefined)[]) =>
    perform(inner, target, inputs, site, kind);
  const run = operate(context, operation, performed, judged);
  return target.handlesDenied ? yield* handlingDenials(context, target, args, site, run) : yield* run;
}

/** A call as guards, hooks and policies see it; what the scope and the variables around it add is not in it. */
export function callOf(
  context: Context,
  target: Executable,
  inputs: readonly (Box | undefined)[],
  kind: 'exe' | 'pipeline-stage',
  site: number,
): Operation {
  const { name } = target;
  if (kind === 'pipeline-stage')
    return {
      kind,
      subtype: name,
      name,
      executable: target,
      inputs,
      site,
      stage: context.stage,
      streaming: isStreaming(context, target),
    };
  return context.ran
    ? { kind: 'run', subtype: 'runExec', name, executable: target, inputs, site }
    : { kind, subtype: undefined, name, executable: target, inputs, site };
}

/** Runs a call whose executable has a `denied` arm: on a refusal that arm runs instead. */
function* handlingDenials(
  context: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  site: number,
  run: Steps<Outcome>,
): Steps<Outcome> {
  try {
    return yield* run;
  } catch (error) {
    const handler = error instanceof MlldError ? error.info.denied : undefined;
    if (!handler) throw error;
    note(`[Guard Warning] ${(error as MlldError).info.reason ?? (error as MlldError).message}`, EMPTY, site);
    return yield* perform(context.with({ guard: handler }), target, args, site, 'exe', NOT_PERFORMED);
  }
}

function* perform(
  context: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  site: number,
  kind: 'exe' | 'pipeline-stage',
  own = ownMark(context, target),
): Steps<Outcome> {
  const inner = enter(context, target, args, stageInputOf(context, kind), site);
  const call = callStarts(target, args);
  let bridge: ToolBridge | null = null;
  try {
    let outcome: Outcome;
    if (target.isLlm) {
      const llm = openLlm(inner, args, site);
      bridge = llm.bridge;
      outcome = yield* wait(target.body(llm.context, ...llm.args));
    } else {
      outcome = yield* wait(target.body(inner, ...args));
    }
    if (bridge) yield* wait(bridge.settled());
    return finish(context, inner, target, args, outcome, own, call);
  } catch (error) {
    throw failed(error, inner, target, args, call, site);
  } finally {
    bridge?.close();
  }
}

function stageInputOf(context: Context, kind: 'exe' | 'pipeline-stage'): Box | null {
  return kind === 'pipeline-stage' ? (context.stage?.input ?? null) : null;
}

function enter(
  context: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  stageInput: Box | null,
  site: number,
): Context {
  const inner = context.enter(target, args, stageInput);
  const depth = inner.activation!.depth;
  if (depth > 1 && !target.recursive) {
    throw new MlldError(
      'CircularReference',
      'CIRCULAR_REFERENCE',
      `Circular reference detected: executable '@${target.name}' calls itself recursively without a terminating condition`,
      { site, hint: `If the recursion is meant, label it: exe recursive @${target.name}(…)` },
    );
  }
  if (depth > recursionLimit) {
    throw new MlldError(
      'CircularReference',
      'RECURSION_DEPTH',
      `'@${target.name}' exceeded maximum recursion depth (${recursionLimit}). Add a base case or increase the limit with MLLD_RECURSION_DEPTH.`,
      { site },
    );
  }
  return inner;
}

/** Labels the collection of the scope gives the executable (security.md 8.5). */
function toolLabels(context: Context, target: Executable): readonly string[] {
  return context.scope?.terms.get(target)?.labels ?? [];
}

/** What a result owes to the executable alone: its labels and those the scope gives it. */
function ownMark(context: Context, target: Executable): Mark {
  if (context.scope === null) return target.mark;
  const labels = toolLabels(context, target);
  return labels.length === 0 ? target.mark : withLabels(target.mark, labels);
}

/** A refused operation did not happen, so what answers instead does not carry its labels. */
const NOT_PERFORMED = EMPTY;

/** Tools of MCP servers may be called only in scopes that name them; functions of the script always. */
function requireTool(context: Context, target: Executable, site: number): void {
  const { scope } = context;
  if (scope === null || target.medium !== 'mcp') return;
  const names = [target.name, target.wire ?? target.name].map((name) => name.toLowerCase());
  const isNamed = (tool: string): boolean => names.includes(tool.toLowerCase());
  const granted = scope.tools === null || scope.terms.has(target) || scope.tools.some(isNamed);
  if (granted && !scope.refused.some(isNamed)) return;
  throw new MlldError('MlldSecurity', 'ENV_TOOL_DENIED', `MCP tool '${target.name}' denied by env.tools`, { site });
}

const joinFunction = joiner(PROPAGATION.callee, 'function');

/** A control word where a value is needed is an error of whoever wrote it. */
export function resultOf(outcome: Outcome): Box {
  if (outcome === undefined) return NOTHING;
  if (!(outcome instanceof Signal)) return outcome;
  switch (outcome.kind) {
    case 'retry':
      throw new MlldError('Mlld', 'RETRY_OUTSIDE_PIPELINE', 'retry keyword used outside pipeline context', {
        site: outcome.site,
      });
    case 'skip':
      return NOTHING;
    default:
      return outcome.value ?? NOTHING;
  }
}

export function isExecutable(value: unknown): value is Executable {
  return value instanceof Executable;
}

/** `run @f()` and a line `@f()` without an executable of that name (language.md 13.2). */
export function executableMissing(name: string, site: number): never {
  throw new MlldError('MlldInterpreter', 'COMMAND_NOT_FOUND', `Executable variable not found: ${name}`, {
    site,
    hint: `Define it before this line: exe @${name}(…) = …`,
  });
}

/** The executable in `target`, or an error in the words of the reference (language.md 5.3). */
export function executableOf(target: Box | undefined, name: string, site: number): Executable {
  if (target === undefined) {
    throw new MlldError(
      'MlldInterpreter',
      'COMMAND_NOT_FOUND',
      `Interpreter error (undefined): Command not found: ${name}`,
      {
        site,
        hint: `Define it before this line: exe @${name}(…) = …`,
      },
    );
  }
  if (isExecutable(target.value)) return chosen(target, target.value, site);
  throw new MlldError('MlldInterpreter', 'NOT_EXECUTABLE', `Variable ${name} is not executable`, { site });
}

/** What a call answers, under what its function was chosen by and imported from (security.md 1.4 row 42). */
export function answered<T extends Outcome>(context: Context, callee: Box, outcome: T): T | Box {
  if (callee.mark === EMPTY || !(outcome instanceof Box)) return outcome;
  const mark = joinFunction(EMPTY, callee.mark);
  context.called(mark);
  return marked(outcome, mark);
}

/** In strict flow control depends on what a function was chosen by; where it was imported from is no choice. */
function chosen(target: Box, executable: Executable, site: number): Executable {
  if (control.strict && join(executable.provenance, target.mark) !== executable.provenance)
    control.add(target.mark, site);
  return executable;
}

/**
 * Calls `target` where the compiler knows that nothing waits; what `callSteps` does, without the
 * generators it is made of.
 */
export function callNow(
  context: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  site: number,
  kind: 'exe' | 'pipeline-stage' = 'exe',
): Outcome {
  requireTool(context, target, site);
  const security = bystander();
  if (target.isLlm) return runSync(callSteps(context, target, args, site, kind));
  const judged = security === null ? 'passes' : security.judgeCall(context, target, args, kind, site);
  if (judged !== 'passes')
    return runSync(callSteps(context, target, args, site, kind, judged === 'involved' ? undefined : judged));
  const result = performNow(context, target, args, site, kind);
  if (security === null) return result;
  security.called(target);
  return result instanceof Box ? security.judgeResult(context, target, args, kind, site, result) : result;
}

function performNow(
  context: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  site: number,
  kind: 'exe' | 'pipeline-stage',
): Outcome {
  const inner = enter(context, target, args, stageInputOf(context, kind), site);
  const call = callStarts(target, args);
  try {
    const outcome = target.body(inner, ...args) as Outcome;
    return finish(context, inner, target, args, outcome, ownMark(context, target), call);
  } catch (error) {
    throw failed(error, inner, target, args, call, site);
  }
}

export function callSync(context: Context, target: Executable, args: (Box | undefined)[], site: number): Box {
  return answerOf(callNow(context, target, args, site), target, site);
}

export async function callAsync(
  context: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  site: number,
): Promise<Box> {
  return answerOf(await runAsync(callSteps(context, target, args, site)), target, site);
}

/** What a call is worth where a value is needed. */
function answerOf(outcome: Outcome, target: Executable, site: number): Box {
  if (!(outcome instanceof Signal)) return outcome ?? NOTHING;
  try {
    return resultOf(outcome);
  } catch (error) {
    throw framed(error, target, site);
  }
}
