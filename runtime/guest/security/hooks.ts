/** Hooks (security.md 11): code around operations that can watch and replace, never refuse. */

import { EMPTY, join, type Mark } from '../../shared/marks.js';
import { joiner, PROPAGATION } from '../../shared/propagation.js';
import { Box, box, marked, plain } from '../box.js';
import type { Context } from '../context.js';
import { isPromise, type Steps } from '../dual.js';
import { markOf } from '../errors.js';
import { resultOf } from '../executable.js';
import { provideMx } from '../mx-providers.js';
import type { Operation } from '../operate.js';
import type { Outcome } from '../signals.js';
import { toText } from '../values/display.js';
import { makeArray, makeObject } from '../values/objects.js';
import { inputMark, keysOf, matchesOperation } from './operations.js';
import { describeFilter, type Hook, hooks } from './registry.js';
import type { Verdict } from './verdict.js';
import { OperationView } from './view.js';

/** Failures of hooks; the operation goes on (`@mx.hooks.errors`). */
const errors: Box[] = [];

provideMx('hooks', () => makeObject([['errors', makeArray(errors)]]));

export function* beforeHooks(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
): Steps<readonly (Box | undefined)[]> {
  let current = inputs;
  for (const hook of matching(context, operation, 'before', inputs)) {
    const outcome = yield* run(context, operation, hook, current, null);
    if (outcome === undefined) continue;
    current = replacedInputs(current, resultOf(outcome), operation.executable !== undefined);
  }
  return current;
}

const joinOriginal = joiner(PROPAGATION.hookTransform, 'original');
const joinReplacement = joiner(PROPAGATION.hookTransform, 'replacement');

/** The mark of what a hook puts in the place of something. */
function replacementMark(original: Mark, replacement: Mark): Mark {
  return joinReplacement(joinOriginal(EMPTY, original), replacement);
}

/**
 * The inputs a hook has answered; whatever it says, they keep the marks of those they stand for. Before
 * a call a list is all its arguments, also when there is one: that is how the hook was given them.
 */
function replacedInputs(inputs: readonly (Box | undefined)[], answer: Box, isCall: boolean): (Box | undefined)[] {
  const [first, ...rest] = inputs;
  if (!Array.isArray(answer.value) || (inputs.length === 1 && !isCall))
    return [marked(answer, joinOriginal(EMPTY, first?.deep ?? EMPTY)), ...rest];
  return answer.value.map((member: unknown, i) => {
    const known = inputs[i];
    if (known && plain(known.value) === plain(member)) return known;
    return new Box(plain(member), replacementMark(known?.deep ?? inputMark(inputs), answer.deep));
  });
}

export function* afterHooks(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  output: Box | null,
  denial: Verdict | null = null,
): Steps<Outcome> {
  let current: Box | null = output;
  for (const hook of matching(context, operation, 'after', inputs)) {
    const seen =
      denial === null
        ? current
        : box({
            denied: true,
            decision: 'deny',
            reason: denial.reasons[0] ?? null,
            guardName: denial.guard?.name ?? null,
            guardFilter: denial.guard ? describeFilter(denial.guard.filter) : null,
          });
    const outcome = yield* run(context, operation, hook, inputs, seen);
    // Something else in its place still is what the operation made of its inputs.
    if (outcome !== undefined && denial === null)
      current = marked(resultOf(outcome), joinOriginal(EMPTY, current!.deep));
  }
  return current ?? undefined;
}

/** Code of a hook sets off no hooks: it is guarded like all other code, but not watched by its like. */
function isInHook(context: Context): boolean {
  return context.guard?.role === 'hook';
}

function matching(
  context: Context,
  operation: Operation,
  timing: Hook['timing'],
  inputs: readonly (Box | undefined)[],
): Hook[] {
  if (hooks.length === 0 || operation.covered || isInHook(context)) return [];
  const keys = keysOf(operation);
  return hooks.filter((hook) => hook.timing === timing && matches(hook, operation, keys, inputs));
}

/** Statements a hook can name (security.md 11); every other operation filter is about labels. */
const STATEMENTS = new Set('var run exe show log output append import loop for for:iteration for:batch'.split(' '));

function matches(
  { filter }: Hook,
  operation: Operation,
  keys: ReadonlySet<string>,
  inputs: readonly (Box | undefined)[],
): boolean {
  if (filter.kind === 'operation' && STATEMENTS.has(filter.value))
    return filter.value === operation.kind || (filter.value === 'exe' && operation.executable !== undefined);
  if (filter.kind !== 'function') return matchesOperation(keys, filter.value);
  if (operation.executable === undefined || operation.name !== filter.value.split('.').pop()) return false;
  return !filter.prefix || (inputs[0] !== undefined && toText(inputs[0]).startsWith(filter.prefix));
}

function* run(
  context: Context,
  operation: Operation,
  hook: Hook,
  inputs: readonly (Box | undefined)[],
  output: Box | null,
): Steps<Outcome> {
  const present = inputs.filter((input): input is Box => input !== undefined);
  const input = operation.executable || present.length !== 1 ? makeArray(present) : present[0]!;
  const lineage = inputMark(present);
  const view = new OperationView('hook', operation, input, present, output, null, null);
  try {
    // An override is for the operation, not for what watches it.
    const outcome = hook.run(context.with({ guard: view, override: null }));
    return isPromise(outcome) ? ((yield outcome) as Outcome) : (outcome as Outcome);
  } catch (error) {
    const entry = {
      hookId: hook.id,
      hookName: hook.name,
      timing: hook.timing,
      filterKind: hook.filter.kind,
      message: error instanceof Error ? error.message : String(error),
    };
    // A message may quote what the hook was given.
    errors.push(box(entry, markOf(error, join(lineage, output?.deep ?? EMPTY))));
    return undefined;
  }
}
