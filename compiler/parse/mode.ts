import type { Mode } from '../../grammar/ast.js';

/**
 * The mode a file is read in (language.md 1.1).
 *
 * @param file its name; `-`, `-e` code and names without a known extension are strict scripts
 */
export function modeOf(file: string): Mode {
  const name = file.toLowerCase();
  if (name.endsWith('.att')) return 'att';
  if (name.endsWith('.mtt')) return 'mtt';
  return name.endsWith('.md') || name.endsWith('.markdown') ? 'markdown' : 'strict';
}
