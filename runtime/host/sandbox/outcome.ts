/** Turns what ended a run into its outcome. */

import type { ExitMessage } from '../../shared/protocol.js';
import { framesInBodies } from './body.js';
import { GuestError } from './engine.js';
import { parseStack } from './frames.js';
import { LimitReached, type Limits, limitMessage, limitOfError } from './limits.js';
import { INTERNAL_ERROR, type SandboxOutcome } from './options.js';
import { ProgramExit } from './program.js';

/**
 * @param reason what was thrown
 * @param isMemoryFull the program realm was refused memory when it last asked for some
 */
export function outcomeOf(reason: unknown, limits: Limits, isMemoryFull: boolean): SandboxOutcome {
  if (reason instanceof ProgramExit) return exitOutcome(reason.text, limits, isMemoryFull);
  if (reason instanceof LimitReached) return limitOutcome(reason, limits);
  if (reason instanceof GuestError) return errorOutcome(reason.name, reason.message, reason.guestStack, limits);
  return { kind: 'error', error: { name: 'Error', code: INTERNAL_ERROR, message: (reason as Error).message } };
}

function exitOutcome(text: string, limits: Limits, isMemoryFull: boolean): SandboxOutcome {
  const message = JSON.parse(text) as ExitMessage;
  if (message.kind === 'done') return { kind: 'done', value: message.value };
  const { name, code, message: words, stack, data } = message.error;
  // Where memory is full the engine may throw null instead of an error.
  if ((code === undefined || code === 'INTERNAL') && isMemoryFull)
    return limitOutcome(new LimitReached('memory', 'program', stack), limits);
  const outcome = errorOutcome(name, words, stack ?? '', limits);
  if (outcome.kind === 'error') {
    if (code !== undefined) outcome.error.code = code;
    if (data !== undefined) outcome.error.data = data;
  }
  return outcome;
}

/** An error the guest did not catch; the engine's own ones may stand for a limit. */
function errorOutcome(name: string, message: string, stack: string, limits: Limits): SandboxOutcome {
  const which = limitOfError(name, message);
  if (which) return limitOutcome(new LimitReached(which, 'program', stack), limits);
  return { kind: 'error', error: { name, code: INTERNAL_ERROR, message, stack: parseStack(stack) } };
}

function limitOutcome({ which, owner, guestStack, detail }: LimitReached, limits: Limits): SandboxOutcome {
  const frames = parseStack(guestStack);
  const stack = owner === 'cell' ? framesInBodies(frames) : frames;
  const message = detail ?? limitMessage(which, owner, limits);
  return { kind: 'limit', which, message, ...(stack.length > 0 && { stack }) };
}
