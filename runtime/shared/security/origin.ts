/**
 * Who decided a setting. What the author of the program wrote may permit; what others wrote - models, servers,
 * files, pages, commands - may only take away (docs/security-model.md).
 */

import type { Mark } from '../marks.js';
import { hasLabel } from '../policy/labels.js';

/** Marks of what the program computed itself, from whatever else the mark says. */
const COMPUTED = new Set(['src:template', 'src:exe']);
/** A place a value was loaded from, among its sources: a path or an address. */
const PLACE = /^(?:[/\\]|[A-Za-z]:[\\/]|[a-z][a-z+.-]*:\/\/)/;

/**
 * The labels that say a value is not the author's alone; empty when it is.
 *
 * @param isProgram whether a place is one of the modules the program consists of, whose mlld is its authors'
 */
export function outsideLabels(mark: Mark, isProgram: (place: string) => boolean): string[] {
  const places = mark.sources.filter((source) => PLACE.test(source));
  const isImported = places.length > 0 && places.every(isProgram);
  const isLoaded = (label: string): boolean => label === 'src:file' || label === 'src:network';
  const wasLoaded = mark.taint.some(isLoaded);
  return mark.taint.filter((label) => {
    if (isLoaded(label)) return !isImported;
    // The code of a module may be anybody's; that of the script is its author's, and computes from what it is given.
    if (label === 'src:js') return wasLoaded;
    if (label.startsWith('src:')) return !COMPUTED.has(label);
    return label === 'influenced' || hasLabel([label], 'untrusted') || hasLabel([label], 'llm');
  });
}
