/** The compiler: parse → resolve → analyze → emit → link. */

import path from 'node:path';
import type { Mode } from '../grammar/ast.js';
import type { Diagnostic } from './diagnostics/diagnostic.js';
import { type Emitted, emit } from './emit/index.js';
import { type Bundle, link } from './link/index.js';
import { parse } from './parse/index.js';
import { diskHost, type ResolveHost } from './resolve/host.js';
import { resolve } from './resolve/index.js';
import { type Project, projectOf } from './project.js';
import { Session } from './session.js';

export type { Bundle } from './link/index.js';

export interface CompileOptions {
  /** Text of the script. */
  source: string;
  /** Path of the script as messages show it. */
  file: string;
  /** Strict or markdown; by the file's name when absent. */
  mode?: Mode;
  /** The project the script belongs to; found from the file's directory when absent. */
  project?: Project;
  host?: ResolveHost;
}

export interface CompileResult {
  diagnostics: Diagnostic[];
  /** Source texts by file, for frames. */
  sources: ReadonlyMap<string, string>;
  /** Null when there are errors. */
  bundle: Bundle | null;
  /** The program as a tree that knows where its parts come from; for source maps. */
  emitted: Emitted | null;
}

/**
 * Compiles one script and everything it imports.
 *
 * @throws ConfigError when the project's configuration cannot be understood
 * @returns the bundle, or the diagnostics that say why there is none
 */
export function compile(options: CompileOptions): CompileResult {
  const session = new Session();
  const { source, file, mode, project = projectOf(file), host = diskHost } = options;
  const failed = (): CompileResult => ({ diagnostics: session.diagnostics, sources: session.sources, bundle: null, emitted: null });

  const parsed = parse(source, file, { mode });
  session.sources.set(file, source);
  session.add(parsed.diagnostics);
  if (session.failed || parsed.ast?.type !== 'Program') return failed();

  const world = resolve(session, { source, file, path: path.resolve(file), root: project.root, ast: parsed.ast, host, config: project.modules });
  if (session.failed) return failed();

  const emitted = emit(session, world);
  if (session.failed) return failed();

  return { diagnostics: session.diagnostics, sources: session.sources, bundle: link(world, emitted), emitted };
}
