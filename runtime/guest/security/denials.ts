/** Refusals: the error a denied operation ends in, and what a `denied` arm sees of it (security.md 3.7, 3.8). */

import { EMPTY } from '../../shared/marks.js';
import type { Box } from '../box.js';
import type { Context, GuardContext } from '../context.js';
import { MlldError } from '../errors.js';
import type { Operation } from '../operate.js';
import { inputMark, operationLabels, operationTitle } from './operations.js';
import { describeFilter, type Guard } from './registry.js';
import { emptyVerdict, FIRST, type Verdict } from './verdict.js';
import { OperationView, preview } from './view.js';

/** Ends an operation a guard denied. */
export function refuse(_context: Context, operation: Operation, verdict: Verdict): never {
  const reason = verdict.reasons[0] ?? 'denied';
  const { hints } = verdict;
  const lines = [`Guard blocked operation: ${reason}`];
  if (hints.length > 0) lines.push(`  Hint: ${hints[0]!.hint}`);
  lines.push(`  Guard: ${guardTitle(verdict.guard)}`, `  Operation: ${operationTitle(operation)}`);
  throw new MlldError('Guard', 'GUARD_DENIED', lines.join('\n'), {
    site: operation.site,
    reason,
    details: detailsOf(operation, verdict, 'deny', reason),
    denied: deniedView(operation, verdict),
  });
}

/** A retry a guard asked for where nothing can be repeated. */
export function refuseRetry(operation: Operation, verdict: Verdict, why: string): never {
  const hint = verdict.hints[0]?.hint;
  const lines = [`Guard retry failed: ${why}`];
  if (hint) lines.push(`  Hint: ${hint}`);
  lines.push(`  Guard: ${guardTitle(verdict.guard)}`, `  Operation: ${operationTitle(operation)}`);
  throw new MlldError('Guard', 'GUARD_DENIED', lines.join('\n'), {
    site: operation.site,
    reason: why,
    details: detailsOf(operation, verdict, 'retry', why),
    denied: deniedView(operation, { ...verdict, decision: 'deny', reasons: [...verdict.reasons, why] }),
  });
}

/** What streams is out before a guard could judge it (security.md 3.5). */
export function refuseStreaming(operation: Operation): never {
  throw new MlldError(
    'Guard',
    'GUARD_STREAMING',
    [
      'Cannot run after-guards when streaming is enabled.',
      'Options:',
      '- Remove after-timed guards or change them to before',
      '- Disable streaming with `with { stream: false }`',
    ].join('\n'),
    { site: operation.site },
  );
}

/** A policy's refusal of a label flow, in the same shape. */
export function refusePolicy(
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  message: string,
  code: string,
  reason: string,
  catchable: boolean,
  details: Record<string, unknown>,
): never {
  const verdict: Verdict = { ...emptyVerdict(inputs, FIRST), decision: 'deny', reasons: [reason] };
  throw new MlldError(catchable ? 'Guard' : 'MlldSecurity', code, message, {
    site: operation.site,
    reason,
    details,
    ...(catchable ? { denied: deniedView(operation, verdict) } : {}),
  });
}

/** What the error says beside its message. */
function detailsOf(operation: Operation, verdict: Verdict, decision: string, reason: string): Record<string, unknown> {
  const { guard, about, inputs } = verdict;
  const { kind, subtype, name } = operation;
  return {
    guardName: guard?.name ?? null,
    guardFilter: guard ? describeFilter(guard.filter) : null,
    scope: about ? 'perInput' : 'perOperation',
    operation: { type: kind, subtype, name },
    inputPreview: about ? preview([about]) : `Array(len=${inputs.filter((input) => input !== undefined).length})`,
    decision,
    reason,
    denial: {
      code: 'GUARD_DENIED',
      operation: { type: kind, description: operationTitle(operation) },
      blocker: { type: 'guard', name: guardTitle(guard) },
      labels: { input: (about?.deep ?? inputMark(inputs)).labels, operation: operationLabels(operation) },
      reason,
    },
  };
}

function guardTitle(guard: Guard | null): string {
  if (!guard) return 'policy';
  return guard.name === null ? describeFilter(guard.filter) : `@${guard.name} (for ${describeFilter(guard.filter)})`;
}

/** Names available in a `denied` arm. */
function deniedView(operation: Operation, verdict: Verdict): GuardContext {
  const present = verdict.inputs.filter((input): input is Box => input !== undefined);
  const labelled = present.find((input) => input.deep !== EMPTY) ?? present[0];
  const output = verdict.output;
  return new OperationView('denied', operation, labelled ?? null, present, output, verdict, verdict.guard);
}
