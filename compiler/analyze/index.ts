/** analyze: what can be said about the modules before code is made of them. */

import type { Purpose } from '../index.js';
import type { Project } from '../project.js';
import type { World } from '../resolve/index.js';
import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import clashes from './clashes.js';
import declarations from './declarations.js';
import flows from './flows/index.js';
import guardInputs from './guard-inputs.js';
import ignoredStages from './ignored-stages.js';
import { type ModuleName, moduleNames } from './names.js';
import needs, { type ModuleNeeds } from './needs.js';
import reserved from './reserved.js';
import usedExports, { type UsedExports } from './used-exports.js';
import withClauses from './with-clauses.js';

export interface Analysis {
  /** Names each module defines at its top level, in source order. */
  readonly names: ReadonlyMap<SourceUnit, readonly ModuleName[]>;
  /** What each module declares that it needs, and what it is seen to need. */
  readonly needs: ReadonlyMap<SourceUnit, ModuleNeeds>;
  /** The exports of each module that others can ask for. */
  readonly used: UsedExports;
}

export interface AnalyzeOptions {
  purpose: Purpose;
  project: Project;
  asked: readonly string[];
}

/** Runs every pass on every module; problems go to the session. */
export function analyze(session: Session, world: World, options: AnalyzeOptions): Analysis {
  const names = new Map(world.units.map((unit) => [unit, moduleNames(unit.ast)]));
  for (const [unit, defined] of names) {
    clashes(session, unit, defined);
    reserved(session, unit, defined);
    ignoredStages(session, unit);
    withClauses(session, unit);
    guardInputs(session, unit);
  }
  const needed = new Map(world.units.map((unit) => [unit, needs(session, unit)]));
  for (const [unit, found] of needed) declarations(session, unit, found, options);
  if (options.purpose !== 'run' && !session.failed) flows(session, world);
  return { names, needs: needed, used: usedExports(world, options.asked) };
}
