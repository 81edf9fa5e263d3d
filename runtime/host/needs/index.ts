/**
 * Checks what the modules of a program declare before anything of it runs (security.md 6.1,
 * seed.md D3): everything that is missing is reported at once, each at its module and line.
 */

import type { Diagnostic } from '../../../compiler/diagnostics/diagnostic.js';
import { message } from '../../../compiler/diagnostics/messages.js';
import { renderDiagnostics } from '../../../compiler/diagnostics/render.js';
import type { Bundle, ModuleManifest } from '../../shared/bundle.js';
import { parseNeeds } from '../../shared/security/needs.js';
import { importNeedsMessage, needsMessage, type Unmet, unmetNeeds } from '../../shared/security/unmet.js';
import type { Services } from '../bindings/services.js';
import { remedies } from './advice.js';
import { MachineProbe } from './probe.js';

/**
 * @returns what to tell the user on stderr, or null when the program may start
 */
export async function refuseUnmetNeeds(bundle: Bundle, services: Services): Promise<string | null> {
  const { requireDeclarations } = services.config;
  const diagnostics: Diagnostic[] = [];
  for (const module of bundle.manifest.needs.modules) {
    const file = bundle.sources.find(({ id }) => id === module.source)?.file ?? bundle.manifest.name;
    const found = (problem: Omit<Diagnostic, 'severity' | 'file'>) =>
      diagnostics.push({ severity: 'error', file, ...problem });
    if (requireDeclarations && module.imported && module.missing.length > 0) {
      const { text, hint } = message('declarations_missing', { missing: module.missing.join(', ') });
      found({ code: 'declarations_missing', name: 'MlldImport', message: text, span: null, ...(hint && { hint }) });
    }
    const probe = new MachineProbe(services, module.dir);
    for (const { needs, ...span } of module.needs) {
      const unmet = await unmetNeeds(parseNeeds(needs), probe);
      if (unmet.length === 0) continue;
      const packages = unmet.every(({ kind }) => kind === 'package');
      found({
        code: 'needs_unmet',
        name: packages ? 'MlldDependency' : 'MlldInterpreter',
        message: textOf(module, file, unmet),
        span,
        hint: remedies(unmet, probe).join('\n'),
      });
    }
  }
  if (diagnostics.length === 0) return null;
  const color = process.stderr.isTTY === true && !process.env.NO_COLOR;
  const sources = new Map(bundle.sources.map((source) => [source.file, source.text]));
  return renderDiagnostics(diagnostics, sources, { color, width: process.stderr.columns });
}

function textOf(module: ModuleManifest, file: string, unmet: readonly Unmet[]): string {
  return module.imported ? importNeedsMessage(file, unmet) : (needsMessage(unmet) ?? '');
}
