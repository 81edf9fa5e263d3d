/** The main thread's end of the door's wire: text in, text out, and no way from a failure to a result. */

import type { DoorReply, DoorRequest } from '../../shared/protocol.js';
import type { Door } from './options.js';

/**
 * Answers a request.
 *
 * @returns the reply as JSON; a denial when the door throws or answers with something that is no reply
 * @throws Error when the text is no request: then the guest runtime cannot be trusted any more
 */
export async function answerDoor(text: string, door: Door, signal: AbortSignal): Promise<string> {
  const request = readRequest(text);
  try {
    const reply = await door(request, signal);
    if (!isReply(reply)) throw new Error('no reply');
    return JSON.stringify({ ...reply, id: request.id });
  } catch (error) {
    const message = `Internal error at the door: ${error instanceof Error ? error.message : String(error)}`;
    const denied: DoorReply = { id: request.id, denied: { code: 'DOOR_INTERNAL', message } };
    return JSON.stringify(denied);
  }
}

function readRequest(text: string): DoorRequest {
  const request = JSON.parse(text) as Partial<DoorRequest> | null;
  const isRequest =
    typeof request === 'object' &&
    request !== null &&
    Number.isSafeInteger(request.id) &&
    typeof request.op === 'string' &&
    typeof request.args === 'object' &&
    request.args !== null;
  if (!isRequest) throw new Error('malformed request at the door');
  return request as DoorRequest;
}

const isReply = (reply: unknown): reply is DoorReply =>
  typeof reply === 'object' && reply !== null && ('value' in reply || 'denied' in reply || 'error' in reply);
