/**
 * `limits` of policies at the door (security.md 5.2): how long what happens outside of the program
 * may take, and how much a command that asks a model is given and answers.
 */

import type { OperationName } from '../../shared/operations.js';
import { OPERATIONS } from '../../shared/operations.js';
import { explainDenial } from '../../shared/policy/explain.js';
import { hasLabel } from '../../shared/policy/labels.js';
import {
  estimateTokens,
  type LimitName,
  limitDenial,
  type PolicyLimit,
  strictestLimit,
  tokenDenial,
} from '../../shared/policy/limits.js';
import type { Denied, Policy } from '../../shared/policy/types.js';
import type { Denial } from '../../shared/protocol.js';
import { isConfidential } from '../../shared/security/confidential.js';
import { MAX_TIMER } from '../bindings/services.js';
import { type BindingResult, DeniedError, HostError } from '../bindings/types.js';
import { withSignal } from '../signals.js';
import type { CheckedRequest, Decider } from './index.js';

/** Operations that go on by themselves once they were asked for; those on files and the console do not. */
const TIMED: ReadonlySet<OperationName> = new Set([
  'exec.cmd',
  'exec.sh',
  'exec.node',
  'exec.py',
  'node.import',
  'node.get',
  'node.call',
  'node.new',
  'net.fetch',
  'mcp.connect',
  'mcp.configure',
  'mcp.call',
]);

/** What bindings that end something themselves are given to do so before its reply is refused. */
const GRACE_MS = 250;

/** Refuses what is over a limit before it begins. */
export function limitDecider(holding: (request: CheckedRequest) => readonly Policy[]): Decider {
  return (_operation, request) => {
    const policies = holding(request);
    const time = TIMED.has(request.op) ? strictestLimit(policies, 'timeout') : null;
    if (time?.value === 0) return toDenial(limitDenial(time, 'limits.timeout (0 ms) permits nothing to run'), request);
    const denied = isModel(request) ? tokenDenial(policies, given(request), null, isConfidential(request.mark)) : null;
    return denied && toDenial(denied, request);
  };
}

/**
 * Carries an operation out within the limits of the policies.
 *
 * @param ownLimit the time limit the operation has anyway; 0 is none
 * @param run gets the request with its time limit, and the signal that ends with it
 * @throws DeniedError when a limit is reached
 */
export async function withinLimits(
  request: CheckedRequest,
  policies: readonly Policy[],
  ownLimit: number,
  closing: AbortSignal,
  run: (request: CheckedRequest, signal: AbortSignal, timeout: number) => BindingResult | Promise<BindingResult>,
): Promise<BindingResult> {
  const limit = TIMED.has(request.op) ? strictestLimit(policies, 'timeout') : null;
  let result: BindingResult;
  try {
    result = await (limit
      ? inTime(request, limit, ownLimit, closing, run)
      : run(request, closing, (request.args as { timeout?: number }).timeout ?? ownLimit));
  } catch (error) {
    throw resourceDenial(error, request, policies) ?? error;
  }
  const answered = isModel(request) ? estimateTokens(textOf(result.value)) : null;
  const denied =
    answered === null ? null : tokenDenial(policies, given(request), answered, isConfidential(request.mark));
  if (denied) throw new DeniedError(toDenial(denied, request));
  return result;
}

async function inTime(
  request: CheckedRequest,
  limit: PolicyLimit,
  ownLimit: number,
  closing: AbortSignal,
  run: (request: CheckedRequest, signal: AbortSignal, timeout: number) => BindingResult | Promise<BindingResult>,
): Promise<BindingResult> {
  const asked = (request.args as { timeout?: number }).timeout ?? ownLimit;
  if (asked > 0 && asked <= limit.value) return run(request, closing, asked);
  const timeout = Math.max(1, Math.ceil(limit.value));
  const ending = new AbortController();
  const late = new DeniedError(
    toDenial(limitDenial(limit, `It took longer than limits.timeout permits (${limit.value} ms)`), request),
  );
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  let last: NodeJS.Timeout | undefined;
  const giveUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => {
        isLate = true;
        ending.abort(late);
        last = setTimeout(reject, GRACE_MS, late);
      },
      Math.min(timeout, MAX_TIMER),
    );
  });
  try {
    const bounded =
      'timeout?' in OPERATIONS[request.op].args ? { ...request, args: { ...request.args, timeout } } : request;
    return await Promise.race([
      withSignal([closing, ending.signal], (signal) => run(bounded as CheckedRequest, signal, timeout)),
      giveUp,
    ]);
  } catch (error) {
    throw isLate ? late : error;
  } finally {
    clearTimeout(timer);
    clearTimeout(last);
  }
}

/** The refusal of a child that took more than a policy permits; null where its box, or nothing, is the reason. */
function resourceDenial(error: unknown, request: CheckedRequest, policies: readonly Policy[]): DeniedError | null {
  if (!(error instanceof HostError) || error.code !== 'EXEC_RESOURCE_LIMIT') return null;
  const { name, limit } = error.details as { name: LimitName; limit: number };
  const strictest = strictestLimit(policies, name);
  if (strictest?.value !== limit) return null;
  return new DeniedError(
    toDenial(limitDenial(strictest, `It took more than limits.${name} permits (${limit})`), request),
  );
}

/** A child inside an executable labelled `llm`: the command that asks the model. */
function isModel({ op, args }: CheckedRequest): boolean {
  return op.startsWith('exec.') && hasLabel((args as { labels?: readonly string[] }).labels ?? [], 'llm');
}

/** What a child is given: its code, parameters, input and environment. */
function given({ args }: CheckedRequest): number {
  const { command, code, params, values, stdin, env } = args as Readonly<Record<string, unknown>>;
  const all = [command, code, values ?? params, stdin, env];
  return all.reduce<number>((sum, part) => sum + (part === undefined ? 0 : estimateTokens(textOf(part))), 0);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { stdout } = (value ?? {}) as { stdout?: unknown };
  return typeof stdout === 'string' ? stdout : (JSON.stringify(value) ?? '');
}

function toDenial(denied: Denied, { op, args, mark }: CheckedRequest): Denial {
  const { command } = args as { command?: string };
  const detail = command === undefined || isConfidential(mark) ? {} : { detail: command };
  return {
    code: denied.code,
    message: explainDenial(denied, { directive: `/${OPERATIONS[op].type}`, ...detail }),
    rule: denied.rule,
  };
}
