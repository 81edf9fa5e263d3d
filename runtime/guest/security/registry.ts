/** Guards and hooks of the running program, in the order they were declared. */

import type { Mark } from '../../shared/marks.js';
import { includesLabel } from '../../shared/policy/labels.js';
import { type Box, box } from '../box.js';
import type { Context } from '../context.js';
import { MlldError } from '../errors.js';
import { intercept } from '../operate.js';
import type { Outcome } from '../signals.js';
import { beside } from './concern.js';
import { interceptor } from './interceptor.js';

export interface Filter {
  kind: 'label' | 'operation' | 'function';
  value: string;
  prefix?: string | null;
}

export interface Modifier {
  op: 'add' | 'remove' | 'bless' | 'clear';
  label: string;
}

/** What a guard's body answers; null when no entry matched. */
export type GuardDecision =
  | { kind: 'allow'; value: Box | null; options: Record<string, Box | null>; site: number }
  | { kind: 'deny'; reason: string; site: number }
  | { kind: 'retry'; hint: string; site: number }
  | { kind: 'env'; value: Box | null; site: number }
  | { kind: 'relabel'; modifiers: Modifier[]; value: Box | null; site: number }
  | null;

/** `allow` and nothing more. */
export const ALLOW: GuardDecision = Object.freeze({ kind: 'allow', value: null, options: {}, site: -1 });

export interface Guard {
  /** Null for unnamed guards. */
  name: string | null;
  id: string;
  timing: 'before' | 'after' | 'always';
  filter: Filter;
  privileged: boolean;
  /** Its conditions read `@input` or `@output` itself: it judges one value, not the list of inputs. */
  aboutValue: boolean;
  /** Its answer depends on nothing but the executable that is called and the marks of what goes in. */
  byMarks: boolean;
  /** It has a `retry` action. */
  mayRetry: boolean;
  site: number;
  decide: (context: Context) => GuardDecision | PromiseLike<GuardDecision>;
}

export interface Hook {
  name: string | null;
  id: string;
  timing: 'before' | 'after';
  filter: Filter;
  site: number;
  run: (context: Context) => Outcome | PromiseLike<Outcome>;
}

export const guards: Guard[] = [];

export type Timing = 'before' | 'after';

/** The guards that are asked before or after operations; other lists when there are more. */
interface Phase {
  list: readonly Guard[];
  /** One of them may ask for an operation again. */
  mayRetry: boolean;
}

export const phases: Readonly<Record<Timing, Phase>> = {
  before: { list: [], mayRetry: false },
  after: { list: [], mayRetry: false },
};

export const hooks: Hook[] = [];

/** Whether `with { guards: … }` may switch guards off in this run (security.md 3.6). */
export const bypass = { allowed: true };

/** Registers a guard; answers a value that stands for it in exports. */
export function registerGuard(guard: Omit<Guard, 'id'>): Box {
  if (guard.name !== null && guards.some((other) => other.name === guard.name)) {
    throw new MlldError('Mlld', 'GUARD_DUPLICATE', `Guard with name ${guard.name} already exists`, {
      site: guard.site,
    });
  }
  const registered = { ...guard, id: guard.name ?? `<unnamed-guard-${guards.length + 1}>` };
  guards.push(registered);
  for (const timing of ['before', 'after'] as const) {
    if (guard.timing !== timing && guard.timing !== 'always') continue;
    const phase = phases[timing];
    phase.list = [...phase.list, registered];
    phase.mayRetry ||= guard.mayRetry;
  }
  intercept(interceptor, beside);
  return box(guard.name === null ? null : `@${guard.name}`);
}

/** Makes every call be recorded, for programs that read `@mx.tools`. */
export function trackTools(): void {
  intercept(interceptor, beside);
}

export function registerHook(hook: Omit<Hook, 'id'>): void {
  if (hook.name !== null && hooks.some((other) => other.name === hook.name)) {
    throw new MlldError('Mlld', 'HOOK_DUPLICATE', `Hook with name ${hook.name} already exists`, { site: hook.site });
  }
  hooks.push({ ...hook, id: hook.name ?? `<unnamed-hook-${hooks.length + 1}>` });
  intercept(interceptor, beside);
}

/** The label carried by the data the filter is about, in the words of the reference: `data:secret`. */
export function describeFilter({ kind, value }: Filter): string {
  return `${kind === 'label' ? 'data' : kind}:${value}`;
}

/** True when the filter's label is on a value: its labels and its provenance count (security.md 1.6). */
export function markHas(mark: Mark, label: string): boolean {
  return includesLabel(mark.taint, label);
}
