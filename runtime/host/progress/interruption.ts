/** What a person who stops a run is told: the operations that were under way, and where they stand. */

import { printable } from '../../../compiler/diagnostics/printable.js';
import type { Bundle } from '../../shared/bundle.js';
import { sitePosition } from '../positions.js';
import type { Task } from './activity.js';

/** More would push the rest off the screen. */
const MAX_SHOWN = 8;

/** The text for stderr; ends with a newline. */
export function renderInterruption(bundle: Bundle, signal: NodeJS.Signals, tasks: readonly Task[]): string {
  if (tasks.length === 0) return `\nStopped by ${signal} while the script was computing.\n`;
  const lines = tasks.slice(0, MAX_SHOWN).map((task) => `  ${describe(bundle, task)}\n`);
  const rest = tasks.length - lines.length;
  if (rest > 0) lines.push(`  … and ${rest} more\n`);
  return `\nStopped by ${signal}. Still running:\n${lines.join('')}`;
}

function describe(bundle: Bundle, { kind, label, site, since }: Task): string {
  const position = sitePosition(bundle, site);
  const place = position ? `${position.file}:${position.line}:${position.column}, ` : '';
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  const what = label === null ? kind : `${kind}: ${printable(label)}`;
  return `${what} (${place}${seconds} s)`;
}
