/** Where the analysis stands: the module, its names, and what holds for everything reached from here. */

import type { Expression, Span } from '../../../grammar/ast.js';
import type { Policy } from '../../../runtime/shared/policy/types.js';
import type { PathStep } from '../../diagnostics/diagnostic.js';
import type { World } from '../../resolve/index.js';
import type { SourceUnit } from '../../resolve/unit.js';
import type { Session } from '../../session.js';
import { literalData } from '../literal-data.js';
import type { Watcher } from './bodies.js';
import type { BoxFacts } from './boxes.js';
import type { Followers } from './follow.js';
import type { Exe, Scope, Step, Value } from './values.js';
import type { Watchers } from './watchers.js';

/** What the whole analysis shares. */
export interface Analysis {
  readonly follow: Followers;
  readonly session: Session;
  readonly world: World;
  /** Policies in force so far. */
  readonly policies: Policy[];
  /** Where policies are written. */
  readonly places: Map<Policy, Omit<PathStep, 'text'>>;
  /** What guards and hooks may change of what is judged. */
  readonly watchers: Watchers;
  /** Data of variables written out in the source, for policies. */
  readonly data: Map<SourceUnit, Map<string, unknown>>;
  /** What modules that were reached export. */
  readonly modules: Map<SourceUnit, ReadonlyMap<string, Value>>;
  /** Refusals that were told, so that a loop or a second call does not repeat them. */
  readonly told: Set<string>;
  /** What the program has certainly written, by file: reading it brings the labels back. */
  readonly written: Map<string, Value>;
  /** Bodies of guards and hooks, with where they stand. */
  readonly bodies: { node: Watcher; frame: Frame }[];
  /** What `wants` and `profiles` have chosen; undefined where only a run knows. */
  tier: string | undefined;
  profile: string | undefined;
  /** True once a run may have ended: what comes then is reached perhaps. */
  mayHaveEnded: boolean;
  /** Steps left; programs that take more are not followed to their end. */
  budget: number;
}

/** What an iteration answered by control words. */
export interface Turn {
  readonly done: Value[];
  readonly continued: Value[];
}

export const newTurn = (): Turn => ({ done: [], continued: [] });

/** A call that is followed. */
export interface Activation {
  readonly exe: Exe;
  readonly at: Omit<PathStep, 'text'>;
  /** What the call was judged with: its arguments, and what the body reads around it. */
  readonly judged: Value;
}

export interface Frame {
  readonly all: Analysis;
  readonly unit: SourceUnit;
  readonly scope: Scope;
  /** False below conditions, and after a statement that may have left the block. */
  certain: boolean;
  /** False at the top level of imported modules, whose effects are silent. */
  readonly tells: boolean;
  /** Executables being called, innermost last. */
  readonly calls: readonly Activation[];
  /** Policies of `with { policy: … }` around. */
  readonly fragments: readonly Policy[];
  /** True inside the call of an executable that answers refusals of flows by itself. */
  readonly handled: boolean;
  /** True in parallel branches: one that fails is answered by something else. */
  readonly spared?: boolean;
  /** Where `=>` answers to. */
  readonly answers: Value[];
  /** Where `done` and `continue` answer to. */
  readonly turn: Turn;
  /** What a pipeline stage works on. */
  readonly piped?: Value;
  /** The guard or hook whose body this is. */
  readonly watcher?: Watcher;
  /** Fields of `@mx` that count, where they are known: `loop.iteration`, `for.index`. */
  readonly counters?: ReadonlyMap<string, number>;
  /** The box around. */
  readonly box?: BoxFacts;
}

/** The place of a node, as a step without a past. */
export function here(frame: Frame, span: Span, text: string): Step {
  return { file: frame.unit.file, span, text, from: null };
}

/** The frame below a condition. */
export function maybe(frame: Frame, scope: Scope = frame.scope): Frame {
  return { ...frame, scope, certain: false };
}

/** The data of an expression, variables written out in the module included; undefined when only a run knows it. */
export function knownData(frame: Frame, node: Expression): unknown {
  return literalData(node, (name) => frame.all.data.get(frame.unit)?.get(name));
}
