/** Whether a program carries the policies the project it runs in asks for (security.md 5.1, seed.md C14). */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { message } from '../../compiler/diagnostics/messages.js';
import { renderDiagnostics } from '../../compiler/diagnostics/render.js';
import type { Bundle } from '../shared/bundle.js';
import type { ProjectConfig } from './config.js';

/**
 * A bundle built elsewhere, or before a policy was changed, is refused.
 * @returns what to tell the user on stderr, or null when the program may start
 */
export async function refuseMissingPolicies(bundle: Bundle, config: ProjectConfig): Promise<string | null> {
  const built = new Set(bundle.sources.map(({ hash }) => hash));
  for (const file of config.policyImports) {
    const full = path.resolve(config.root, file);
    const text = await readFile(full, 'utf8').catch(() => null);
    const hash = text === null ? '' : `sha256-${createHash('sha256').update(text).digest('base64')}`;
    if (built.has(hash)) continue;
    const { name } = bundle.manifest;
    const { text: problem, hint } = message('policy_import_not_built', { path: file, bundle: name });
    const diagnostic = {
      code: 'policy_import_not_built',
      name: 'MlldImport',
      message: problem,
      file: name,
      span: null,
    };
    const color = process.stderr.isTTY === true && !process.env.NO_COLOR;
    return renderDiagnostics([{ severity: 'error', ...diagnostic, ...(hint && { hint }) }], new Map(), { color });
  }
  return null;
}
