import type { ExportStatement } from '../../../grammar/ast.js';
import type { Code } from '../code.js';
import type { Emitter } from '../emitter.js';

/** Exports are read from the module as a whole; the directive does nothing where it stands. */
export default function exportStatement(_node: ExportStatement, _e: Emitter): Code {
  return '';
}
