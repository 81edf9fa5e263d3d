/**
 * The library: compile mlld, run it in the sandbox.
 *
 * ```js
 * import { compile, run } from 'mlldc';
 * const { bundle, diagnostics } = compile({ source, file: 'script.mld' });
 * const exitCode = bundle ? await run(bundle, { payload: { topic: 'news' } }) : 1;
 * ```
 */
export type { Diagnostic } from './compiler/diagnostics/diagnostic.js';
export type { RenderOptions, SourceLookup } from './compiler/diagnostics/render.js';
export { renderDiagnostics } from './compiler/diagnostics/render.js';
export type { CompileOptions, CompileResult } from './compiler/index.js';
export { compile, compileAsync } from './compiler/index.js';
export { BundleError, readBundle } from './runtime/host/bundle.js';
export { ConfigError } from './runtime/host/json-file.js';
export type { RunOptions } from './runtime/host/run.js';
export { runBundle as run } from './runtime/host/run.js';
export type { Bundle } from './runtime/shared/bundle.js';
export { version } from './version.js';
