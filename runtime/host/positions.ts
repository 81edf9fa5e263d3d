/** From the sites of a program to places in its sources. */

import type { SourcePosition } from '../../compiler/diagnostics/render.js';
import type { Bundle } from '../shared/bundle.js';

/** The place a site of the program stands for; null for operations of the runtime itself. */
export function sitePosition(bundle: Bundle, site: number | undefined): SourcePosition | null {
  const entry = site === undefined ? undefined : bundle.sites[site];
  if (!entry) return null;
  const [id, line, column, length] = entry;
  const source = bundle.sources.find((s) => s.id === id);
  if (!source) return null;
  const end = source.text.split('\n', line)[line - 1]?.length ?? column;
  return { file: source.file, line, column, endLine: line, endColumn: Math.min(column + length, end + 1) };
}
