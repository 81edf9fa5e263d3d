import pc from 'picocolors';
import { renderDiagnostics } from '../compiler/diagnostics/render.js';
import type { CompileResult } from '../compiler/index.js';

/** Prints the diagnostics of a compilation on standard error. */
export function printDiagnostics({ diagnostics, sources }: Pick<CompileResult, 'diagnostics' | 'sources'>): void {
  const options = { color: pc.isColorSupported, width: process.stderr.columns };
  process.stderr.write(renderDiagnostics(diagnostics, sources, options));
}
