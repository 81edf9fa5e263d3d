/** The compiler: parse → resolve → analyze → emit → link. */

import path from 'node:path';
import type { Mode } from '../grammar/ast.js';
import type { Bundle } from '../runtime/shared/bundle.js';
import { analyze } from './analyze/index.js';
import type { Diagnostic } from './diagnostics/diagnostic.js';
import { type Emitted, emit } from './emit/index.js';
import { link } from './link/index.js';
import { parse } from './parse/index.js';
import { type Project, projectOf } from './project.js';
import { diskHost, type ResolveHost } from './resolve/host.js';
import { resolve, type World } from './resolve/index.js';
import type { RemoteFailure, RemoteModule, RemoteModules, RemoteRequest } from './resolve/remote.js';
import { NotUtf8Error } from './resolve/source-text.js';
import { Session } from './session.js';

export type { Bundle } from '../runtime/shared/bundle.js';

/**
 * What the program is compiled for. To run it, nothing is said that a run finds out better; `check`
 * and `build` also say what a reader of the program should know before.
 */
export type Purpose = 'run' | 'check' | 'build';

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
  /** `run` when absent. */
  purpose?: Purpose;
  /** Exports of the script that are asked for when it has run; others may stay unevaluated. */
  asked?: readonly string[];
}

export interface AsyncCompileOptions extends CompileOptions {
  /** Answers requests for modules of the network; by default from the cache and from where they are. */
  fetchModules?: (requests: readonly RemoteRequest[], root: string) => Promise<RemoteModules>;
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
 * Compiles one script and everything it imports from the disk.
 *
 * @throws ConfigError when the project's configuration cannot be understood
 * @returns the bundle, or the diagnostics that say why there is none; an import over the network is
 *   one of those: `compileAsync` follows it
 */
export function compile(options: CompileOptions): CompileResult {
  const result = attempt(options, new Map());
  for (const { key } of result.wanted)
    result.session.error('MlldImport', 'import_needs_network', { name: key }, options.file, null);
  return result;
}

/** Modules of the network one script may lead to, and through how many others: their authors can make up new ones for ever. */
const MAX_REMOTE_MODULES = 1000;
const MAX_REMOTE_DEPTH = 50;

/**
 * Compiles one script and everything it imports, over the network too (language.md 11.8). What needs
 * no network costs nothing more than `compile`.
 *
 * @throws ConfigError when the project's configuration or its lock file cannot be understood
 */
export async function compileAsync(options: AsyncCompileOptions): Promise<CompileResult> {
  const remote = new Map<string, RemoteModule | RemoteFailure>();
  for (let depth = 1; ; depth++) {
    const result = attempt(options, remote);
    const last = result.wanted.at(-1);
    if (last === undefined) return result;
    if (remote.size + result.wanted.length > MAX_REMOTE_MODULES || depth > MAX_REMOTE_DEPTH) {
      const params = { name: last.key, count: String(MAX_REMOTE_MODULES), depth: String(MAX_REMOTE_DEPTH) };
      result.session.error('MlldImport', 'import_endless', params, options.file, null);
      return result;
    }
    const { fetchModules = (await import('./fetch/index.js')).fetchModules } = options;
    for (const [id, answer] of await fetchModules(result.wanted, result.root)) remote.set(id, answer);
  }
}

interface Attempt extends CompileResult {
  session: Session;
  root: string;
  /** What has to be fetched first; empty when the program has errors anyway. */
  wanted: readonly RemoteRequest[];
}

function attempt(options: CompileOptions, remote: RemoteModules): Attempt {
  const session = new Session();
  const { source, file, mode, project = projectOf(file), host = diskHost, purpose = 'run', asked = [] } = options;
  const { root, modules: config } = project;
  const ended = (wanted: readonly RemoteRequest[] = []): Attempt => ({
    session,
    root,
    wanted,
    diagnostics: session.diagnostics,
    sources: session.sources,
    bundle: null,
    emitted: null,
  });

  const parsed = parse(source, file, { mode });
  session.sources.set(file, source);
  session.add(parsed.diagnostics);
  if (session.failed || parsed.ast?.type !== 'Program') return ended();

  let world: World;
  try {
    world = resolve(session, {
      source,
      file,
      path: path.resolve(file),
      root,
      ast: parsed.ast,
      host,
      config,
      policies: project.policies ?? [],
      remote,
    });
  } catch (error) {
    if (!(error instanceof NotUtf8Error)) throw error;
    notUtf8(session, error);
    return ended();
  }
  if (session.failed) return ended();
  if (world.wanted.length > 0) return ended(world.wanted);

  const analysis = analyze(session, world, { purpose, project, asked });
  if (session.failed) return ended();

  const emitted = emit(session, world, analysis);
  if (session.failed) return ended();

  return { ...ended(), bundle: link(world, analysis, emitted), emitted };
}

/** Reports a file whose bytes are no text, at the first that is not. */
function notUtf8(session: Session, { file, text, offset }: NotUtf8Error): void {
  const shown = path.relative(process.cwd(), file) || file;
  session.sources.set(shown, text);
  session.error('MlldParse', 'not_utf8', {}, shown, { start: offset, end: offset + 1 });
}
