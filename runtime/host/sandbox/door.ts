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
    return replyText(reply, request.id);
  } catch (error) {
    const message = `Internal error at the door: ${error instanceof Error ? error.message : String(error)}`;
    const denied: DoorReply = { id: request.id, denied: { code: 'DOOR_INTERNAL', message } };
    return JSON.stringify(denied);
  }
}

/** What an operation answered may be more than JSON can tell; that is its error, not ours. */
function replyText(reply: DoorReply, id: number): string {
  try {
    return JSON.stringify({ ...reply, id });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = 'The result is nested too deeply, or is too large, to be handed to the program';
    const failed: DoorReply = { id, error: { name: 'Mlld', code: 'RESULT_TOO_LARGE', message } };
    return JSON.stringify(failed);
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
