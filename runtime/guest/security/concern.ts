/**
 * Which calls nobody has a say about. Most calls of a program with guards are such calls; they need
 * not be described as operations. Whatever is not plainly so counts as concerned.
 */

import { EMPTY } from '../../shared/marks.js';
import type { Box } from '../box.js';
import type { Context } from '../context.js';
import { control } from '../control.js';
import type { Executable } from '../executable.js';
import type { Bystander } from '../operate.js';
import { runState } from '../state.js';
import { judgesCall, registered } from './guards.js';
import { activePolicies } from './policies.js';
import { hooks, markHas } from './registry.js';
import { toolCalls } from './tools.js';

function isConcerned(
  context: Context,
  target: Executable,
  args: readonly (Box | undefined)[],
  kind: 'exe' | 'pipeline-stage',
): boolean {
  if (
    hooks.length > 0 ||
    activePolicies().length > 0 ||
    runState.resume !== null ||
    control.mark !== EMPTY ||
    context.scope !== null ||
    context.guard !== null ||
    context.override !== null ||
    context.fragments.length > 0 ||
    context.lifted ||
    target.captures !== undefined ||
    target.policy !== undefined ||
    target.handlesDenied ||
    registered('after').length > 0
  )
    return true;
  const before = registered('before');
  for (let i = 0; i < before.length; i++) {
    const guard = before[i]!;
    if (guard.filter.kind === 'label') {
      for (let j = 0; j < args.length; j++) {
        const arg = args[j];
        if (arg !== undefined && markHas(arg.deep, guard.filter.value)) return true;
      }
    }
    if (judgesCall(guard, target, kind)) return true;
  }
  return false;
}

export const beside: Bystander = {
  isConcerned,
  called: (target) => toolCalls.record(target.wire ?? target.name),
};
