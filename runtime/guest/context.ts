/**
 * The context of running code: what `@mx`, `@p` and `@input` answer, which executables are active,
 * whether effects are heard. It is passed to every compiled function as its first argument, so
 * parallel branches never see each other's.
 */

import { EMPTY, join, type Mark } from '../shared/marks.js';
import type { Policy } from '../shared/policy/types.js';
import type { Box } from './box.js';
import type { Executable } from './executable.js';
import type { LlmTools } from './llm.js';
import type { Tool } from './tools.js';

/** How an argument was written: the name of a variable, `true` for an object literal, or nothing of note. */
export type ArgName = string | true | null;

/** The activation of an executable. */
export interface Activation {
  readonly executable: Executable;
  readonly caller: Activation | null;
  /** How many activations of the same executable are active, this one included. */
  readonly depth: number;
  /** What it was called with. */
  readonly args: readonly (Box | undefined)[];
  /** How they were written, where the caller said. */
  readonly argNames: readonly ArgName[] | null;
  /** What a pipeline gave it as its stage's input; not visible in what it calls. */
  readonly stageInput: Box | null;
  /** The join of the marks of everything the activation called (security.md 1.4 row 31). */
  inner: Mark;
  /** True once it has called what it answers `untrusted` itself: then its arguments do not make that `trusted`. */
  distrusted: boolean;
}

/** What a pipeline stage sees as `@mx.try`, `@mx.stage`, `@p` … (language.md 8.2). */
export interface StageContext {
  try: number;
  stage: number;
  /** How many stages there are, effects not counted. */
  total: number;
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
  /** Of `for parallel`, for hooks and guards (security.md 4). */
  batchIndex?: number;
  batchSize?: number;
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
  /**
   * Whether what is done here streams, so that results are out before they are complete (security.md 3.5);
   * null where that is the executable's to say.
   */
  streaming: boolean | null;
  /** A privileged guard has lifted the label-flow refusals for the call around (security.md 3.4). */
  lifted: boolean;
  /** Policies that hold for the call around only, beside those of the program (security.md 3.5, 5.1). */
  fragments: readonly PolicyFragment[];
  /** Effects that wait until it is clear that the call around is not repeated (security.md 3.5). */
  held: (() => void)[] | null;
  /** True where a guard had the operation around done again. */
  repeated: boolean;
  /** Names bound by the enclosing `box` (security.md 9). */
  scope: BoxScope | null;
  /** The tools of the `exe llm` around the code (`@mx.llm`). */
  llm: LlmTools | null;
  /** Names of signed prompts a model has been given, to be verified by it; null outside of `exe llm` (security.md 10.4). */
  verifying: Set<string> | null;
  /** How the arguments of the call that is being made are written. */
  argNames: readonly ArgName[] | null;
  /** True for the call a `run` consists of, which is an operation beside the call's own (security.md 4). */
  ran: boolean;
}

/** What a guard, a hook or a denied handler sees as `@input`, `@output` and `@mx.guard`. */
export interface GuardContext {
  /**
   * Whose code runs: a guard's, which is not guarded itself; a hook's, which is guarded but sets off
   * no hooks; or a `denied` arm, which is ordinary code.
   */
  readonly role: 'guard' | 'hook' | 'denied';
  readonly input: Box | null;
  readonly output: Box | null;
  /** What it is about has this mark: its tools are `@mx.tools.history`. */
  readonly lineage: Mark;
  /** What filters can name the operation by. */
  readonly keys: ReadonlySet<string>;
  /** Fields of `@mx` that exist only here: `guard`, `op`, `labels`, `taint`, `sources`, `args`, `denied`. */
  readonly mx: MxFields;
}

export interface MxFields {
  readonly names: readonly string[];
  /** A field, made when it is asked for; undefined for other names. */
  get(name: string): Box | undefined;
}

export interface GuardOverride {
  readonly mode: 'off' | 'only' | 'except';
  readonly names: readonly string[];
}

/** A policy that holds for one call and everything below it. */
export interface PolicyFragment {
  /** Under which the host knows it. */
  readonly id: number;
  readonly policy: Policy;
}

export interface BoxScope {
  readonly parent: BoxScope | null;
  /** Names of tools that may be used, or null when anything may. */
  readonly tools: readonly string[] | null;
  /** Names of tools that may not be used, whatever else is said. */
  readonly refused: readonly string[];
  /** True when a tool collection says what the scope is for: then there are no other functions for a model. */
  readonly collection: boolean;
  /** What `@mx.tools.allowed` and `.denied` answer. */
  readonly offered: { readonly allowed: readonly string[]; readonly denied: readonly string[]; readonly mark: Mark };
  /** What the scope's tool collection says about executables. */
  readonly terms: ReadonlyMap<Executable, Tool>;
  /** Servers that may be used, or null when any may. */
  readonly mcps: readonly string[] | null;
  readonly refusedMcps: readonly string[];
  readonly profile: string | null;
  /** Host directory of the workspace commands run in, or null. */
  readonly workspace: string | null;
  /** What the host enforces on its children, or null. */
  readonly isolation: Readonly<Record<string, unknown>> | null;
  /** Names of credentials its children get. */
  readonly auth: readonly string[];
  /** On everything its children answer. */
  readonly mark: Mark;
  /** Tools of the servers `@mcpConfig` names, by the names code inside uses. */
  readonly bound: ReadonlyMap<string, Box> | null;
}

/** The scope of code outside of any box. */
export const OPEN_SCOPE: BoxScope = {
  parent: null,
  tools: null,
  refused: [],
  collection: false,
  offered: { allowed: [], denied: [], mark: EMPTY },
  terms: new Map(),
  mcps: null,
  refusedMcps: [],
  profile: null,
  workspace: null,
  isolation: null,
  auth: [],
  mark: EMPTY,
  bound: null,
};

/** What seldom changes: shared by a context and everything below it until one of these differs. */
interface Setting {
  readonly quiet: boolean;
  readonly override: GuardOverride | null;
  readonly streaming: boolean | null;
  readonly lifted: boolean;
  readonly fragments: readonly PolicyFragment[];
  readonly held: (() => void)[] | null;
  readonly repeated: boolean;
  readonly scope: BoxScope | null;
  readonly llm: LlmTools | null;
  readonly verifying: Set<string> | null;
  readonly argNames: readonly ArgName[] | null;
  readonly ran: boolean;
  /** Nothing around has a say of its own about what is done here: no box, override or policy of a call. */
  readonly isOpen: boolean;
}

const SETTING_KEYS: ReadonlySet<string> = new Set([
  'quiet',
  'override',
  'streaming',
  'lifted',
  'fragments',
  'held',
  'repeated',
  'scope',
  'llm',
  'verifying',
  'argNames',
  'ran',
]);

/**
 * Contexts are made at every call and iteration, so making one is cheap: the settings are shared,
 * only what the call or the iteration changes is copied.
 */
export class Context implements Ambient {
  readonly for: ForContext | null;
  readonly while: LoopContext | null;

  private constructor(
    private readonly setting: Setting,
    readonly activation: Activation | null,
    readonly stage: StageContext | null,
    forContext: ForContext | null,
    readonly loop: LoopContext | null,
    whileContext: LoopContext | null,
    readonly input: Box | null,
    readonly guard: GuardContext | null,
  ) {
    this.for = forContext;
    this.while = whileContext;
  }

  get quiet(): boolean {
    return this.setting.quiet;
  }

  get override(): GuardOverride | null {
    return this.setting.override;
  }

  get fragments(): readonly PolicyFragment[] {
    return this.setting.fragments;
  }

  get streaming(): boolean | null {
    return this.setting.streaming;
  }

  get lifted(): boolean {
    return this.setting.lifted;
  }

  get held(): (() => void)[] | null {
    return this.setting.held;
  }

  get repeated(): boolean {
    return this.setting.repeated;
  }

  get scope(): BoxScope | null {
    return this.setting.scope;
  }

  get llm(): LlmTools | null {
    return this.setting.llm;
  }

  get verifying(): Set<string> | null {
    return this.setting.verifying;
  }

  get argNames(): readonly ArgName[] | null {
    return this.setting.argNames;
  }

  get ran(): boolean {
    return this.setting.ran;
  }

  /** Whether all that decides about an operation here is what was declared for the whole program. */
  get isOpen(): boolean {
    return this.guard === null && this.setting.isOpen;
  }

  static root(quiet: boolean): Context {
    return new Context(
      {
        quiet,
        override: null,
        streaming: null,
        lifted: false,
        fragments: [],
        held: null,
        repeated: false,
        scope: null,
        llm: null,
        verifying: null,
        argNames: null,
        ran: false,
        isOpen: true,
      },
      null,
      null,
      null,
      null,
      null,
      null,
      null,
    );
  }

  /** A context that differs from this one in what `changes` names. */
  with(changes: Partial<Ambient>): Context {
    const all = {
      ...this.setting,
      activation: this.activation,
      stage: this.stage,
      for: this.for,
      loop: this.loop,
      while: this.while,
      input: this.input,
      guard: this.guard,
      ...changes,
    };
    const { quiet, override, streaming, lifted, fragments, held, repeated, scope, llm, verifying, argNames, ran } = all;
    const setting = Object.keys(changes).some((key) => SETTING_KEYS.has(key))
      ? {
          quiet,
          override,
          streaming,
          lifted,
          fragments,
          held,
          repeated,
          scope,
          llm,
          verifying,
          argNames,
          ran,
          isOpen: override === null && fragments.length === 0 && !lifted && scope === null,
        }
      : this.setting;
    return new Context(setting, all.activation, all.stage, all.for, all.loop, all.while, all.input, all.guard);
  }

  /** The context a guard decides in. */
  judging(guard: GuardContext): Context {
    return new Context(this.setting, this.activation, this.stage, this.for, this.loop, this.while, this.input, guard);
  }

  /** The context of a pipeline's stage. */
  staged(stage: StageContext, input: Box | null): Context {
    return new Context(this.setting, this.activation, stage, this.for, this.loop, this.while, input, this.guard);
  }

  /** The context of one iteration of a `for`. */
  iteration(position: ForContext): Context {
    return new Context(
      this.setting,
      this.activation,
      this.stage,
      position,
      this.loop,
      this.while,
      this.input,
      this.guard,
    );
  }

  /** The context inside an executable: a new activation; a stage's context stays visible. */
  enter(executable: Executable, args: readonly (Box | undefined)[], stageInput: Box | null): Context {
    const { activation: caller, argNames } = this;
    const activation: Activation = {
      executable,
      caller,
      depth: depthOf(caller, executable) + 1,
      args,
      argNames,
      stageInput,
      inner: EMPTY,
      distrusted: false,
    };
    const setting =
      argNames === null && this.setting.streaming === null && !this.setting.ran
        ? this.setting
        : { ...this.setting, argNames: null, streaming: null, ran: false };
    return new Context(setting, activation, this.stage, this.for, this.loop, this.while, this.input, this.guard);
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
