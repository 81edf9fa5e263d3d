/**
 * Serves the executables of a bundle (security.md 8.4). The program runs once in a sandbox that
 * stays: calls go in as answers to `serve.next`, results come out through `serve.answer`.
 */

import type { Bundle } from '../shared/bundle.js';
import type { MarkParts } from '../shared/marks.js';
import { join, makeMark, markToJSON } from '../shared/marks.js';
import type { ToolDefinition } from './bindings/mcp/definitions.js';
import { type Answer, CallExchange, type Published } from './bindings/mcp/exchange.js';
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
  call(wire: string, args: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Ends the sandbox once everything under way is answered. */
  close(): Promise<void>;
}

export interface ServeOptions extends RunOptions {
  conversation: Conversation;
  /** The variable of a tool collection to serve instead of the exported executables. */
  collection?: string;
  /** Names of the tools clients may call; all when absent. */
  tools?: readonly string[];
}

/**
 * Runs the program and answers with its tools once it is ready for calls.
 * @returns null when the program failed; it has said why
 */
export async function serveBundle(bundle: Bundle, options: ServeOptions): Promise<ServedModule | null> {
  const { conversation } = options;
  let exchange: CallExchange | undefined;
  let publish: (exchange: CallExchange) => void;
  const ready = new Promise<CallExchange>((resolve) => {
    publish = resolve;
  });
  const bindings: Partial<Bindings> = {
    'serve.ready': {
      run({ tools }) {
        exchange = new CallExchange(tools as Published[]);
        publish(exchange);
        return { value: null };
      },
    },
    'serve.next': {
      run: async () => ({ value: (await exchange?.next()) ?? null, mark: conversation.parts }),
    },
    'serve.answer': {
      run({ call, failed, value }, { mark }) {
        if (!failed) conversation.add(markToJSON(mark) ?? {});
        exchange?.answer(call, { value, isError: failed });
        return { value: null };
      },
    },
  };
  const names = bundle.manifest.exports.map(({ name }) => name);
  const serve = { names, collection: options.collection ?? null, only: options.tools ?? null };
  const ended = runBundle(bundle, { ...options, bindings, serve });
  const published = await Promise.race([ready, ended.then(() => null)]);
  if (published === null) return null;

  void ended.then(() => published.abandon('The tool server has ended'));
  return {
    tools: published.definitions,
    call: (wire, args) => published.call(wire, args),
    async close() {
      published.end();
      await ended;
    },
  };
}
