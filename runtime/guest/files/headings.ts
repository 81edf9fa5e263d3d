/** The headings of a Markdown text; fences and frontmatter have none. */

import { splitFrontmatter } from './frontmatter.js';

export interface Heading {
  /** Index of its line. */
  line: number;
  /** 1 to 6. */
  level: number;
  title: string;
}

const HEADING = /^ {0,3}(#{1,6})[ \t](.*)$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** All headings in order. */
export function headingsOf(text: string): Heading[] {
  const headings: Heading[] = [];
  const skipped = frontmatterLines(text);
  let fence: string | null = null;
  text.split('\n').forEach((content, line) => {
    if (line < skipped) return;
    const mark = FENCE.exec(content)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence) && content.trim() === mark) fence = null;
      return;
    }
    if (mark !== undefined) {
      fence = mark;
      return;
    }
    const heading = HEADING.exec(content);
    if (heading) headings.push({ line, level: heading[1]!.length, title: withoutClosing(heading[2]!.trim()) });
  });
  return headings;
}

/** The title without the closing `#` some people write; `C#` keeps its own. */
function withoutClosing(title: string): string {
  let end = title.length;
  while (title[end - 1] === '#') end--;
  return end === 0 || /[ \t]/.test(title[end - 1]!) ? title.slice(0, end).trimEnd() : title;
}

function frontmatterLines(text: string): number {
  const { body } = splitFrontmatter(text);
  return body.length === text.length ? 0 : text.slice(0, text.length - body.length).split('\n').length - 1;
}
