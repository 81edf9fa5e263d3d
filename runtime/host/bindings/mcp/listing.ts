/** The tools of a server, page by page, within bounds: a list that grows for ever ends here. */

import { readTools, type ToolInfo } from './results.js';

/** Pages of `tools/list` we are willing to read. */
const MAX_PAGES = 100;

/** Tools of one server; what has more offers no choice to anybody. */
const MAX_TOOLS = 10_000;

export class ToolListing {
  readonly #tools = new Map<string, ToolInfo>();
  #pages = 0;
  #size = 0;

  /** @param maxSize all names, descriptions and schemas together, in characters */
  constructor(private readonly maxSize: number) {}

  get tools(): ToolInfo[] {
    return [...this.#tools.values()];
  }

  /** Takes a page; what is wrong with it, in words that follow the server's name, or null. */
  add(page: Readonly<Record<string, unknown>>): string | null {
    if (++this.#pages > MAX_PAGES) return `lists more than ${MAX_PAGES} pages of tools`;
    for (const tool of readTools(page)) {
      // Pins and calls must mean the same tool by a name.
      if (this.#tools.has(tool.name)) return 'lists two tools of one name';
      this.#tools.set(tool.name, tool);
      this.#size += tool.name.length + tool.description.length + JSON.stringify(tool.inputSchema).length;
    }
    if (this.#tools.size > MAX_TOOLS) return `lists more than ${MAX_TOOLS} tools`;
    if (this.#size > this.maxSize) return `describes its tools with more than ${this.maxSize} characters`;
    return null;
  }
}
