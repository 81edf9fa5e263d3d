/** What is certain of `@mx` (language.md 12): the tier and the profile policies leave, and where a loop is. */

import type { ProfilesStatement, Reference, WantsStatement } from '../../../grammar/ast.js';
import { RuleError } from '../../../runtime/shared/security/error.js';
import { parseProfiles, parseWants } from '../../../runtime/shared/security/needs.js';
import { selectProfile, selectTier } from '../../../runtime/shared/security/selection.js';
import { UNKNOWN_POLICY } from './authorizations.js';
import { type Analysis, type Frame, knownData } from './frame.js';
import { constant, type Scalar, type Value } from './values.js';

/** `wants [ … ]` and `profiles { … }` choose by the policies in force where they stand. */
export function choose(node: WantsStatement | ProfilesStatement, frame: Frame): void {
  const { all } = frame;
  const data = frame.certain && !all.policies.includes(UNKNOWN_POLICY) ? knownData(frame, node.value) : undefined;
  const chosen = data === undefined ? undefined : chosenBy(node, data, all);
  if (node.type === 'WantsStatement') all.tier = chosen;
  else all.profile = chosen;
}

function chosenBy({ type }: WantsStatement | ProfilesStatement, data: unknown, all: Analysis): string | undefined {
  try {
    const chosen =
      type === 'WantsStatement'
        ? selectTier(parseWants(data), all.policies)
        : selectProfile(parseProfiles(data), all.policies);
    return chosen ?? undefined;
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    // What fits nothing ends the run.
    all.mayHaveEnded = true;
    return undefined;
  }
}

/** The value of `@mx.a.b` with how many accessors that takes; null where only a run knows. */
export function ambientValue({ name, access }: Reference, frame: Frame): { value: Value; taken: number } | null {
  if (name !== 'mx' || frame.scope.get(name)) return null;
  const names = access.map((each) => (each.kind === 'field' ? each.name : null));
  const [first, second] = names;
  const data: Scalar | undefined =
    first === 'profile' ? (frame.box ? undefined : frame.all.profile) : ambientData(`${first}.${second}`, frame);
  return data === undefined ? null : { value: constant(data), taken: first === 'profile' ? 1 : 2 };
}

function ambientData(field: string, { all, counters }: Frame): Scalar | undefined {
  return field === 'policy.tier' ? all.tier : counters?.get(field);
}

/** The counters inside a loop, which knows its own or nothing of them; those of loops around it stay. */
export function counting(
  frame: Frame,
  kind: 'for' | 'loop',
  own: Readonly<Record<string, number>> | null,
): Frame['counters'] {
  const around = [...(frame.counters ?? [])].filter(([name]) => !name.startsWith(`${kind}.`));
  return new Map([...around, ...Object.entries(own ?? {}).map(([name, value]) => [`${kind}.${name}`, value] as const)]);
}
