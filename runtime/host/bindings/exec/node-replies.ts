/**
 * What a node child sends, read as what it is: text of a process that runs code of others and can
 * write anything to its descriptors.
 */

import { MAX_NESTING, nestsDeeperThan } from '../../../shared/nesting.js';
import { HostError } from '../types.js';
import type { NodeReply } from './node-child/protocol.js';

/** The reply a line holds; null when it is none. */
export function readReply(line: string): NodeReply | null {
  const reply = parsed(line);
  return isReply(reply) ? reply : null;
}

/** The error of a value that nothing behind the host could look through; null for others. */
export function depthError({ value }: NodeReply): HostError | null {
  if (!nestsDeeperThan(value, MAX_NESTING)) return null;
  const message = `The result of node is nested deeper than ${MAX_NESTING} levels`;
  return new HostError('MlldCommandExecution', 'EXEC_RESULT_LIMIT', message, { limit: MAX_NESTING });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isReply(reply: unknown): reply is NodeReply {
  if (!isObject(reply) || typeof reply.id !== 'number') return false;
  const { logs, error } = reply;
  return isTexts(logs) && (error === undefined || isError(error));
}

function isError(error: unknown): boolean {
  return isObject(error) && isTexts([error.name, error.message, error.stack, error.code ?? '']);
}

function isTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
