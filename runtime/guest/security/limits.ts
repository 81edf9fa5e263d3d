/** `limits.maxTokens` of policies: what a model is given and answers (security.md 5.2). */

import { hasLabel } from '../../shared/policy/labels.js';
import { estimateTokens, strictestLimit, tokenDenial } from '../../shared/policy/limits.js';
import { isConfidential } from '../../shared/security/confidential.js';
import type { Box } from '../box.js';
import type { Context } from '../context.js';
import { isExecutable } from '../executable.js';
import type { Operation } from '../operate.js';
import { toText } from '../values/display.js';
import { policiesFor, refuseBy } from './policies.js';

/**
 * Refuses a call of an executable labelled `llm` that is given more than policies permit.
 * @param answer what it has answered, once it has
 */
export function permitTokens(
  context: Context,
  operation: Operation,
  inputs: readonly (Box | undefined)[],
  answer: Box | null = null,
): void {
  if (!operation.executable || !hasLabel(operation.executable.labels, 'llm')) return;
  const policies = policiesFor(context);
  if (strictestLimit(policies, 'maxTokens') === null) return;
  const given = inputs.filter((input) => input !== undefined && !isExecutable(input.value)) as Box[];
  const tokens = given.reduce((sum, input) => sum + estimateTokens(toText(input)), 0);
  const isSecret = [...given, ...(answer ? [answer] : [])].some(({ deep }) => isConfidential(deep));
  const denial = tokenDenial(policies, tokens, answer && estimateTokens(toText(answer)), isSecret);
  if (denial) refuseBy(operation, inputs, denial);
}
