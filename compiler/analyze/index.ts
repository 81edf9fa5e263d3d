/** analyze: what can be said about the modules before code is made of them. */

import type { World } from '../resolve/index.js';
import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import clashes from './clashes.js';
import { type ModuleName, moduleNames } from './names.js';
import reserved from './reserved.js';

export interface Analysis {
  /** Names each module defines at its top level, in source order. */
  readonly names: ReadonlyMap<SourceUnit, readonly ModuleName[]>;
}

/** Runs every pass on every module; problems go to the session. */
export function analyze(session: Session, world: World): Analysis {
  const names = new Map(world.units.map((unit) => [unit, moduleNames(unit.ast)]));
  for (const [unit, defined] of names) {
    clashes(session, unit, defined);
    reserved(session, unit, defined);
  }
  return { names };
}
