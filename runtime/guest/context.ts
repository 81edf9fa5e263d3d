/**
 * The context of running code: what `@mx`, `@p` and `@input` answer, which executables are active,
 * whether effects are heard. It is passed to every compiled function as its first argument, so
 * parallel branches never see each other's.
 */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import type { Box } from './box.js';
import type { Executable } from './executable.js';

/** The activation of an executable. */
export interface Activation {
  readonly executable: Executable;
  readonly caller: Activation | null;
  /** How many activations of the same executable are active, this one included. */
  readonly depth: number;
  /** What it was called with. */
  readonly args: readonly (Box | undefined)[];
  /** What a pipeline gave it as its stage's input; not visible in what it calls. */
  readonly stageInput: Box | null;
  /** The join of the marks of everything the activation called (security.md 1.4 row 31). */
  inner: Mark;
}

/** What a pipeline stage sees as `@mx.try`, `@mx.stage`, `@p` … (language.md 8.2). */
export interface StageContext {
  try: number;
  stage: number;
  input: Box | null;
  hint: Box | null;
  /** Outputs of the stages so far; `[0]` is the pipeline's input. */
  outputs: Box[];
  /** All attempts' outputs of the stage that is retried. */
  tries: Box[];
  retries: Box[];
  lastOutput: Box | null;
  /** What guards decided about the stages so far, one entry an attempt (`@p.guards`). */
  guards: Box[];
  /** True for the members of a parallel group, where retry is refused. */
  parallel: boolean;
}

export interface ForContext {
  index: number;
  total: number;
  key: string;
  parallel: boolean;
}

export interface LoopContext {
  iteration: number;
  limit: number | null;
}

/** Values only some code sees; a child context overrides what it names. */
export interface Ambient {
  /** True while an imported module is evaluated: its effects are not performed (language.md 11.2). */
  quiet: boolean;
  activation: Activation | null;
  stage: StageContext | null;
  for: ForContext | null;
  loop: LoopContext | null;
  while: LoopContext | null;
  /** The value of `@input` in loops and command stages. */
  input: Box | null;
  /** The operation whose guards or hooks are being evaluated; those are not guarded themselves. */
  guard: GuardContext | null;
  /** `with { guards: … }` in force for the operations below (security.md 3.6). */
  override: GuardOverride | null;
  /** Names bound by the enclosing `box` (security.md 9). */
  scope: BoxScope | null;
  /** Marks of the conditions the code runs under, in strict flow (security.md 1.6 item 3). */
  pc: Mark;
}

/** What a guard, a hook or a denied handler sees as `@input`, `@output` and `@mx.guard`. */
export interface GuardContext {
  /** True while a guard or hook decides; a `denied` arm is ordinary, guarded code. */
  readonly evaluating: boolean;
  readonly input: Box | null;
  readonly output: Box | null;
  /** Fields of `@mx` that exist only here: `guard`, `op`, `labels`, `taint`, `sources`, `args`, `denied`. */
  readonly mx: Readonly<Record<string, Box>>;
}

export interface GuardOverride {
  readonly mode: 'off' | 'only' | 'except';
  readonly names: readonly string[];
}

export interface BoxScope {
  readonly parent: BoxScope | null;
  /** Names of tools that may be used, or null when anything may. */
  readonly tools: readonly string[] | null;
  readonly mcps: readonly string[] | null;
  readonly profile: string | null;
  /** Host directory of the workspace commands run in, or null. */
  readonly workspace: string | null;
  readonly isolation: unknown;
}

const ROOT: Ambient = {
  quiet: false,
  activation: null,
  stage: null,
  for: null,
  loop: null,
  while: null,
  input: null,
  guard: null,
  override: null,
  scope: null,
  pc: EMPTY,
};

export class Context implements Ambient {
  quiet!: boolean;
  activation!: Activation | null;
  stage!: StageContext | null;
  for!: ForContext | null;
  loop!: LoopContext | null;
  while!: LoopContext | null;
  input!: Box | null;
  guard!: GuardContext | null;
  override!: GuardOverride | null;
  scope!: BoxScope | null;
  pc!: Mark;

  private constructor(from: Ambient) {
    this.quiet = from.quiet;
    this.activation = from.activation;
    this.stage = from.stage;
    this.for = from.for;
    this.loop = from.loop;
    this.while = from.while;
    this.input = from.input;
    this.guard = from.guard;
    this.override = from.override;
    this.scope = from.scope;
    this.pc = from.pc;
  }

  static root(quiet: boolean): Context {
    return new Context({ ...ROOT, quiet });
  }

  /** A context that differs from this one in what `changes` names. */
  with(changes: Partial<Ambient>): Context {
    return Object.assign(new Context(this), changes);
  }

  /** The context inside an executable: a new activation; a stage's context stays visible. */
  enter(executable: Executable, args: readonly (Box | undefined)[], stageInput: Box | null): Context {
    const context = new Context(this);
    context.activation = { executable, caller: this.activation, depth: depthOf(this.activation, executable) + 1, args, stageInput, inner: EMPTY };
    return context;
  }

  /** Labels of every executable that is active: what runs inside one is part of what it does. */
  get activeLabels(): readonly string[] {
    const labels: string[] = [];
    for (let a = this.activation; a; a = a.caller) labels.push(...a.executable.labels);
    return labels;
  }

  /** Records that code of the running executable called something whose result carries `mark`. */
  called(mark: Mark): void {
    if (mark !== EMPTY && this.activation) this.activation.inner = join(this.activation.inner, mark);
  }
}

function depthOf(activation: Activation | null, executable: Executable): number {
  for (let a = activation; a; a = a.caller) if (a.executable === executable) return a.depth;
  return 0;
}
