/** Frontmatter: a YAML block between `---` lines at the very start of a text (language.md 1.5). */

import { parseYaml } from './yaml-subset.js';

export interface FrontmatterSplit {
  /** The parsed block, or null when there is none. */
  data: unknown;
  /** What follows the closing line. */
  body: string;
}

const BLOCK = /^---[ \t]*\r?\n(?:([\s\S]*?)\r?\n)?---[ \t]*(?:\r?\n|$)/;

/** Text that does not begin with a closed block has no frontmatter. */
export function splitFrontmatter(text: string): FrontmatterSplit {
  const block = text.startsWith('---') ? BLOCK.exec(text) : null;
  if (block === null) return { data: null, body: text };
  return { data: parseYaml(block[1] ?? ''), body: text.slice(block[0].length) };
}
