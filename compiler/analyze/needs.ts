/** Pass: what a module declares with `needs`, `wants` and `profiles` (security.md 6), beside what it uses. */

import type {
  NeedsStatement,
  ProfilesStatement,
  Span,
  Statement,
  TopLevel,
  WantsStatement,
} from '../../grammar/ast.js';
import { RuleError } from '../../runtime/shared/security/error.js';
import { mergeNeeds, noNeeds, parseNeeds, parseProfiles, parseWants } from '../../runtime/shared/security/needs.js';
import type { Needs } from '../../runtime/shared/security/needs-types.js';
import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import { type NeedUse, needUses } from './inferred-needs.js';
import { literalData } from './literal-data.js';

export interface ModuleNeeds {
  /** One entry a `needs` directive. */
  declared: { needs: Needs; span: Span }[];
  /** What tiers and profiles of the module ask for: it may use that too. */
  optional: Needs;
  /** Which of the two declarations an importable module makes are there. */
  hasNeeds: boolean;
  hasWants: boolean;
  uses: NeedUse[];
}

export default function needs(session: Session, unit: SourceUnit): ModuleNeeds {
  const found: ModuleNeeds = {
    declared: [],
    optional: noNeeds(),
    hasNeeds: false,
    hasWants: false,
    uses: needUses(unit.ast),
  };
  const offer = (list: readonly { needs: Needs }[]) => {
    for (const entry of list) found.optional = mergeNeeds(found.optional, entry.needs);
  };
  for (const node of topStatements(unit.ast.body)) {
    if (node.type === 'NeedsStatement') {
      found.hasNeeds = true;
      read(session, unit, node, (data) => found.declared.push({ needs: parseNeeds(data), span: node.loc }));
    } else if (node.type === 'WantsStatement') {
      found.hasWants = true;
      read(session, unit, node, (data) => offer(parseWants(data)));
    } else if (node.type === 'ProfilesStatement') read(session, unit, node, (data) => offer(parseProfiles(data)));
  }
  return found;
}

function read(
  session: Session,
  unit: SourceUnit,
  node: NeedsStatement | WantsStatement | ProfilesStatement,
  use: (data: unknown) => void,
): void {
  const data = literalData(node.value);
  if (data === undefined) {
    // Tiers and profiles are chosen while the program runs, so their data may be made then.
    if (node.type === 'NeedsStatement')
      session.error('MlldInterpreter', 'needs_not_literal', {}, unit.file, node.value.loc);
    return;
  }
  try {
    use(data);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    session.error(error.kind, 'needs_malformed', { problem: error.message }, unit.file, node.value.loc);
  }
}

/** The statements of a module's top level, those inside fences included. */
function topStatements(body: readonly TopLevel[]): Statement[] {
  return body.flatMap((node): Statement[] => {
    if (node.type === 'DocText' || node.type === 'DocBreak') return [];
    return node.type === 'RunFence' ? node.body : [node];
  });
}
