/** Pass: whether modules declare what they use (seed.md 5 item 4, E1, E2). */

import { mergeNeeds, noNeeds } from '../../runtime/shared/security/needs.js';
import { needsText } from '../../runtime/shared/security/needs-data.js';
import type { Needs } from '../../runtime/shared/security/needs-types.js';
import { uncovered } from '../../runtime/shared/security/uncovered.js';
import { standardName } from '../../runtime/shared/standard.js';
import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import type { AnalyzeOptions } from './index.js';
import type { ModuleNeeds } from './needs.js';

export default function declarations(
  session: Session,
  unit: SourceUnit,
  found: ModuleNeeds,
  { purpose, project }: AnalyzeOptions,
): void {
  const required = project.requireDeclarations === true;
  // Modules of the standard library come with the compiler, which answers for them.
  const importable = unit.imported && standardName(unit.path) === null;
  const missing = [...(found.hasNeeds ? [] : ['/needs']), ...(found.hasWants ? [] : ['/wants'])].join(', ');
  if (importable && missing !== '' && (required || purpose === 'check')) {
    const report = required ? session.error.bind(session) : session.warning.bind(session);
    report('MlldImport', 'declarations_missing', { missing }, unit.file, null);
  }
  if (found.hasNeeds) narrower(session, unit, found, purpose);
  if (required && importable) undeclared(session, unit, found);
}

/** A declaration that leaves out what the module uses is an error of a build. */
function narrower(session: Session, unit: SourceUnit, found: ModuleNeeds, purpose: AnalyzeOptions['purpose']): void {
  if (purpose === 'run') return;
  const declared = declaredNeeds(found);
  const inferred = found.uses.reduce((all, use) => mergeNeeds(all, use.needs), noNeeds());
  const missing = uncovered(declared, inferred);
  if (missing.length === 0) return;
  const report = purpose === 'build' ? session.error.bind(session) : session.warning.bind(session);
  const params = { missing: missing.join(', '), directive: needsText(mergeNeeds(declared, inferred)) };
  report('MlldInterpreter', 'needs_narrower', params, unit.file, found.declared[0]?.span ?? null);
}

/** Where declarations are required, a use outside them is an error at the place of the use. */
function undeclared(session: Session, unit: SourceUnit, found: ModuleNeeds): void {
  const declared = declaredNeeds(found);
  for (const { needs, span } of found.uses) {
    for (const capability of uncovered(declared, needs))
      session.error('MlldSecurity', 'capability_undeclared', { capability }, unit.file, span);
  }
}

function declaredNeeds(found: ModuleNeeds): Needs {
  return found.declared.reduce((all, { needs }) => mergeNeeds(all, needs), found.optional);
}
