/** Operations that only concern who names them: imports, loops and their iterations (security.md 4, 11). */

import { type Box, box, NULL } from '../box.js';
import type { Context } from '../context.js';
import { dual, type Steps } from '../dual.js';
import { type Operation, operate } from '../operate.js';
import { type Outcome, Signal } from '../signals.js';
import { guards, hooks } from './registry.js';

export type WatchedKind = 'import' | 'for' | 'for:iteration' | 'for:batch' | 'loop';

/** Whether a guard or hook names operations of a kind. */
export function isWatched(kind: WatchedKind): boolean {
  // Batches change when iterations start, so only those who name them get them.
  const family = kind === 'for:batch' ? kind : kind.split(':')[0];
  const names = ({ filter }: { filter: { kind: string; value: string } }): boolean => {
    const named = filter.value.toLowerCase();
    return filter.kind === 'operation' && (named === family || named.split(':')[0] === family);
  };
  return guards.some(names) || hooks.some(names);
}

/** Performs something as an operation when a guard or hook names its kind, else just performs it. */
export function* watched(
  context: Context,
  kind: WatchedKind,
  inputs: (Box | undefined)[],
  site: number,
  perform: (context: Context, inputs: readonly (Box | undefined)[]) => Steps<Outcome>,
  metadata?: Operation['metadata'],
): Steps<Outcome> {
  if (!isWatched(kind)) return yield* perform(context, inputs);
  // A control word is not a result; it leaves after the hooks have seen that this is over.
  let signal: Signal | undefined;
  const operation: Operation = { kind, labels: [`op:${kind}`], inputs, metadata, site };
  const outcome = yield* operate(context, operation, function* (inner, given): Steps<Outcome> {
    const answer = yield* perform(inner, given);
    signal = answer instanceof Signal ? answer : undefined;
    return (answer instanceof Signal ? answer.value : answer) ?? NULL;
  });
  return signal ?? outcome;
}

/** Asks those who guard imports before a module is evaluated. */
export const [importing, importingA] = dual(function* (
  context: Context,
  subtype: string,
  path: string,
  site: number,
): Steps<Outcome> {
  // biome-ignore lint/correctness/useYield: the pipeline drives steps; this one has nothing to do
  const nothing = function* (): Steps<Outcome> {
    return box(path);
  };
  if (![...guards, ...hooks].some(({ filter }) => filter.kind === 'operation')) return undefined;
  return yield* operate(
    context,
    { kind: 'import', subtype, target: path, labels: ['op:import'], inputs: [], site },
    nothing,
  );
});
