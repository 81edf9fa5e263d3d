/**
 * Requests on an open connection. The SDK opens and keeps the connection; requests go beside its
 * own, because it checks every message several times over and takes half a millisecond for each.
 */

import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { MAX_NESTING, nestsDeeperThan } from '../../../shared/nesting.js';
import { isRecord } from '../../../shared/record.js';
import { NESTED_TEXT } from './channel.js';

export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

export interface RequestOptions {
  /** Without an answer or progress for this long the request fails. */
  readonly timeoutMs: number;
  /** Without an answer for this long the request fails, progress or not. */
  readonly maxTotalMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Why a request has no result. */
export class RequestFailure extends Error {
  constructor(
    readonly reason: 'timeout' | 'cancelled' | 'closed' | 'refused',
    message: string,
  ) {
    super(message);
  }
}

interface Pending {
  readonly settle: (outcome: Record<string, unknown> | RequestFailure) => void;
  readonly progress: (params: Readonly<Record<string, unknown>>) => void;
}

export class Requests {
  private readonly pending = new Map<string, Pending>();
  private count = 0;
  private closed = false;

  /** @param transport Connected, with the SDK's handlers in place. */
  constructor(private readonly transport: Transport) {
    const { onmessage, onclose } = transport;
    transport.onmessage = (message, extra) => {
      if (!this.take(message as unknown as Readonly<Record<string, unknown>>)) onmessage?.(message, extra);
    };
    transport.onclose = () => {
      this.closed = true;
      for (const { settle } of [...this.pending.values()])
        settle(new RequestFailure('closed', 'the connection was closed'));
      onclose?.();
    };
  }

  /**
   * Sends a request and waits for its result, of which only is known that it is an object.
   * @throws RequestFailure
   */
  send(
    method: string,
    params: Readonly<Record<string, unknown>>,
    options: RequestOptions,
  ): Promise<Record<string, unknown>> {
    const { timeoutMs, maxTotalMs, signal, onProgress } = options;
    if (signal?.aborted) return Promise.reject(new RequestFailure('cancelled', 'was cancelled'));
    if (this.closed) return Promise.reject(new RequestFailure('closed', 'the connection was closed'));
    // The SDK numbers its requests; names cannot meet numbers.
    const id = `mlld-${++this.count}`;
    return new Promise((resolve, reject) => {
      const giveUp = (failure: RequestFailure) => {
        this.notifyCancelled(id, failure.message);
        settle(failure);
      };
      const late = (ms: number) => giveUp(new RequestFailure('timeout', `timed out after ${ms}ms`));
      const onAbort = () => giveUp(new RequestFailure('cancelled', 'was cancelled'));
      let patience = setTimeout(late, timeoutMs, timeoutMs);
      const end = maxTotalMs === undefined ? undefined : setTimeout(late, maxTotalMs, maxTotalMs);
      const settle = (outcome: Record<string, unknown> | RequestFailure) => {
        clearTimeout(patience);
        clearTimeout(end);
        signal?.removeEventListener('abort', onAbort);
        this.pending.delete(id);
        if (outcome instanceof RequestFailure) reject(outcome);
        else resolve(outcome);
      };
      const progress = (sent: Readonly<Record<string, unknown>>) => {
        if (typeof sent.progress !== 'number') return;
        clearTimeout(patience);
        patience = setTimeout(late, timeoutMs, timeoutMs);
        onProgress?.({
          progress: sent.progress,
          ...(typeof sent.total === 'number' && { total: sent.total }),
          ...(typeof sent.message === 'string' && { message: sent.message }),
        });
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.pending.set(id, { settle, progress });
      const given = onProgress ? { ...params, _meta: { progressToken: id } } : params;
      this.transport.send({ jsonrpc: '2.0', id, method, params: given }).catch((error: SendError) => {
        // A listening server that does not know our session any more has forgotten the connection.
        settle(new RequestFailure(error.code === 404 ? 'closed' : 'refused', describeError(error)));
      });
    });
  }

  /** Handles a message that concerns one of our requests. */
  private take(message: Readonly<Record<string, unknown>>): boolean {
    if (message.method === 'notifications/progress' && isRecord(message.params)) {
      const { progressToken } = message.params;
      const request = typeof progressToken === 'string' ? this.pending.get(progressToken) : undefined;
      request?.progress(message.params);
      return request !== undefined;
    }
    if (message.method !== undefined || typeof message.id !== 'string') return false;
    // An answer to a request we gave up on is ours as well; nobody waits for it.
    const request = this.pending.get(message.id);
    if (isRecord(message.error)) {
      const { message: reason } = message.error;
      request?.settle(new RequestFailure('refused', typeof reason === 'string' ? reason : 'unknown error'));
    } else if (nestsDeeperThan(message.result, MAX_NESTING))
      request?.settle(new RequestFailure('refused', NESTED_TEXT));
    else request?.settle(isRecord(message.result) ? message.result : {});
    return true;
  }

  private notifyCancelled(requestId: string, reason: string): void {
    const message: JSONRPCMessage = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId, reason },
    };
    this.transport.send(message).catch(() => {});
  }
}

interface SendError extends Error {
  readonly code?: unknown;
}

/** An error's message, with the reason `fetch` keeps to itself. */
export function describeError(error: Error): string {
  return error.cause instanceof Error && error.cause.message
    ? `${error.message} (${error.cause.message})`
    : error.message;
}
