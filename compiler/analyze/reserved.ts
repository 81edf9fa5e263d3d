/** Pass: definitions that take a name of the system (language.md 1.7). */

import type { SourceUnit } from '../resolve/unit.js';
import type { Session } from '../session.js';
import type { ModuleName } from './names.js';

const RESERVED = new Set(['now', 'root', 'base', 'input', 'mx']);

export default function reserved(session: Session, unit: SourceUnit, names: readonly ModuleName[]): void {
  for (const { name, span } of names) {
    if (!RESERVED.has(name)) continue;
    const code = name === 'mx' ? 'variable_reserved_context' : 'variable_reserved';
    session.error('MlldInterpreter', code, { name }, unit.file, span);
  }
}
