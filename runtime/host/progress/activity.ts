/** What a run is doing at this moment: for its status line, and for whoever interrupts it. */

import type { CheckedRequest } from '../monitor/index.js';

/** An operation under way. */
export interface Task {
  /** What it works on, in a few words; null where labels say that it is not for everybody's eyes. */
  readonly label: string | null;
  /** What kind of thing it is, for tasks whose label is not shown. */
  readonly kind: string;
  /** Index into the program's site table. */
  readonly site: number;
  /** When it began, by `performance.now()`. */
  readonly since: number;
}

/** How far something with a known or unknown end has come. */
export interface Progress {
  readonly done: number;
  readonly total?: number | undefined;
  /** What is being done; text of others, such as an MCP server's. */
  readonly message?: string | undefined;
}

type Args = Record<string, unknown>;

/** The operations that may take long enough for a person to wonder, and what to call them. */
const KINDS: Record<string, { kind: string; label: (args: Args) => unknown }> = {
  'exec.cmd': { kind: 'command', label: ({ command }) => command },
  'exec.sh': { kind: 'shell script', label: ({ code }) => code },
  'exec.node': { kind: 'node', label: () => null },
  'exec.py': { kind: 'python', label: () => null },
  'node.call': { kind: 'node function', label: ({ path }) => (path as string[]).join('.') },
  'net.fetch': { kind: 'request', label: ({ url }) => url },
  'mcp.connect': { kind: 'MCP server', label: ({ server }) => server },
  'mcp.call': { kind: 'tool', label: ({ tool }) => tool },
  'clock.sleep': { kind: 'waiting', label: () => null },
};

export class Activity {
  readonly #tasks = new Set<Task>();
  readonly #progress = new Map<unknown, Progress>();
  #listener: (() => void) | undefined;

  /** Operations under way, the oldest first. */
  get tasks(): readonly Task[] {
    return [...this.#tasks];
  }

  /** What has been reported and has not ended, the oldest first. */
  get progress(): readonly Progress[] {
    return [...this.#progress.values()];
  }

  /** Calls `listener` whenever anything begins, advances or ends; one listener at a time. */
  listen(listener: (() => void) | undefined): void {
    this.#listener = listener;
  }

  /** An operation begins; returns what ends it. Operations nobody waits for long are not kept. */
  begin({ op, args, mark, site }: CheckedRequest): () => void {
    const entry = KINDS[op];
    if (!entry) return () => {};
    const label = mark.labels.length > 0 ? null : entry.label(args as Args);
    const task: Task = {
      kind: entry.kind,
      label: typeof label === 'string' ? firstLine(label) : null,
      site,
      since: performance.now(),
    };
    this.#tasks.add(task);
    this.#listener?.();
    return () => {
      this.#tasks.delete(task);
      this.#listener?.();
    };
  }

  /**
   * Tells how far something has come; `null`, or as much done as there is, ends it.
   * @param key what the report is about: any value that stays the same from report to report
   */
  report(key: unknown, state: Progress | null): void {
    if (state === null || (state.total !== undefined && state.done >= state.total)) this.#progress.delete(key);
    else this.#progress.set(key, state);
    this.#listener?.();
  }
}

function firstLine(text: string): string {
  const [line = '', ...more] = text.trim().split('\n');
  return more.length > 0 ? `${line} …` : line;
}
