/** Reading what one module needs, without what it imports and without making a program of it. */

import path from 'node:path';
import type { Mode } from '../grammar/ast.js';
import needs, { type ModuleNeeds } from './analyze/needs.js';
import type { Diagnostic } from './diagnostics/diagnostic.js';
import { parse } from './parse/index.js';
import { Session } from './session.js';

export interface NeedsResult {
  diagnostics: Diagnostic[];
  sources: ReadonlyMap<string, string>;
  mode: 'strict' | 'markdown';
  /** Null when the module has errors. */
  found: ModuleNeeds | null;
}

/** What a module declares and what it uses. */
export function readNeeds({ source, file, mode }: { source: string; file: string; mode?: Mode }): NeedsResult {
  const session = new Session();
  const { ast, diagnostics } = parse(source, file, { mode });
  session.sources.set(file, source);
  session.add(diagnostics);
  const ended = { diagnostics: session.diagnostics, sources: session.sources };
  if (session.failed || ast?.type !== 'Program') return { ...ended, mode: 'strict', found: null };
  const full = path.resolve(file);
  const unit = {
    id: 0,
    file,
    path: full,
    dir: path.dirname(full),
    source,
    ast,
    imported: false,
    imports: new Map(),
    templates: new Map(),
  };
  const found = needs(session, unit);
  return { ...ended, mode: ast.mode, found: session.failed ? null : found };
}
