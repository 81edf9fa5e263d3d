/** Pass: stages that never run, because a `with { pipeline: […] }` stands where it adds none (language.md 8.1). */

import type { WithEntry } from '../../grammar/ast.js';
import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import { walk } from './walk.js';

export default function ignoredStages(session: Session, unit: SourceUnit): void {
  walk(unit.ast, (node) => {
    if (node.type !== 'WithClause') return undefined;
    for (const entry of node.entries as WithEntry[]) {
      if (entry.value.type === 'StageList')
        session.warning('MlldDirective', 'stages_ignored', {}, unit.file, entry.loc);
    }
    return undefined;
  });
}
