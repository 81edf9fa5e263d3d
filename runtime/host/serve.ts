/**
 * Serves the executables of a bundle (security.md 8.4). The program runs once in a sandbox that
 * stays: calls go in as answers to `serve.next`, results come out through `serve.answer`.
 */

import type { Bundle } from '../shared/bundle.js';
import type { MarkParts } from '../shared/marks.js';
import { join, makeMark, markToJSON } from '../shared/marks.js';
import type { ToolDefinition } from './bindings/mcp/definitions.js';
import { toWireName } from './bindings/mcp/names.js';
import type { Bindings } from './bindings/types.js';
import { type RunOptions, runBundle } from './run.js';

/** What results of earlier calls leave behind for later ones; shared by all modules that are served. */
export class Conversation {
  #mark = makeMark({});

  add(parts: MarkParts): void {
    this.#mark = join(this.#mark, makeMark(parts));
  }

  get parts(): MarkParts {
    return markToJSON(this.#mark) ?? {};
  }
}

export interface ServedModule {
  readonly tools: readonly ToolDefinition[];
  call(wire: string, args: Readonly<Record<string, unknown>>): Promise<{ value: unknown; isError: boolean }>;
  /** Ends the sandbox once everything under way is answered. */
  close(): Promise<void>;
}

interface Answer {
  value: unknown;
  isError: boolean;
}

interface Published {
  name: string;
  description: string;
  labels: string[];
  collection: boolean;
  params: { name: string; type: string | null; optional: boolean }[];
}

export interface ServeOptions extends RunOptions {
  conversation: Conversation;
  /** The variable of a tool collection to serve instead of the exported executables. */
  collection?: string;
}

/**
 * Runs the program and answers with its tools once it is ready for calls.
 * @returns null when the program failed; it has said why
 */
export async function serveBundle(bundle: Bundle, options: ServeOptions): Promise<ServedModule | null> {
  const calls = new Queue<{ call: number; tool: string; wire: string; args: unknown }>();
  const answers = new Map<number, (answer: Answer) => void>();
  const { conversation } = options;
  let publish: (tools: Published[]) => void;
  const ready = new Promise<Published[]>((resolve) => {
    publish = resolve;
  });
  const bindings: Partial<Bindings> = {
    'serve.ready': {
      run({ tools }) {
        publish(tools as Published[]);
        return { value: null };
      },
    },
    'serve.next': {
      run: async () => ({ value: (await calls.next()) ?? null, mark: conversation.parts }),
    },
    'serve.answer': {
      run({ call, failed, value }, { mark }) {
        if (!failed) conversation.add(markToJSON(mark) ?? {});
        answers.get(call)?.({ value, isError: failed });
        answers.delete(call);
        return { value: null };
      },
    },
  };
  const serve = { names: bundle.manifest.exports.map(({ name }) => name), collection: options.collection ?? null };
  const ended = runBundle(bundle, { ...options, bindings, serve });
  const published = await Promise.race([ready, ended.then(() => null)]);
  if (published === null) return null;

  let nextCall = 1;
  let over = false;
  void ended.then(() => {
    over = true;
    for (const answer of answers.values()) answer({ value: 'The tool server has ended', isError: true });
    answers.clear();
  });
  const byWire = new Map(published.map((tool) => [toWireName(tool.name), tool]));
  return {
    tools: [...byWire].map(([wire, tool]) => definition(wire, tool)),
    call(wire, args) {
      const tool = byWire.get(wire);
      if (!tool || over) return Promise.resolve({ value: `Tool '${wire}' not available`, isError: true });
      const call = nextCall++;
      return new Promise((resolve) => {
        answers.set(call, resolve);
        calls.push({ call, tool: tool.name, wire, args });
      });
    },
    async close() {
      calls.end();
      await ended;
    },
  };
}

function definition(name: string, { description, labels, collection, params }: Published): ToolDefinition {
  return {
    name,
    description,
    labels,
    collection,
    params: params.map((param) => ({
      name: param.name,
      optional: param.optional,
      ...(param.type !== null && { type: param.type }),
    })),
  };
}

/** Calls that wait for the program to take them. */
class Queue<T> {
  readonly #items: T[] = [];
  #waiting: ((item: T | undefined) => void) | undefined;
  #ended = false;

  push(item: T): void {
    if (this.#waiting) this.#hand(item);
    else this.#items.push(item);
  }

  /** The next item; undefined when there will be none. */
  next(): Promise<T | undefined> {
    if (this.#items.length > 0 || this.#ended) return Promise.resolve(this.#items.shift());
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  end(): void {
    this.#ended = true;
    if (this.#waiting) this.#hand(undefined);
  }

  #hand(item: T | undefined): void {
    const hand = this.#waiting!;
    this.#waiting = undefined;
    hand(item);
  }
}
