/**
 * Calls on their way into a program and answers on their way back: what serving a module and
 * bridging tools to a child have in common. The program takes calls one by one and answers in
 * any order.
 */

import type { JsonSchema } from './arguments.js';
import type { ToolDefinition } from './definitions.js';
import { toWireName } from './names.js';

/** A tool as the program publishes it. */
export interface Published {
  /** What the program knows it by. */
  readonly name: string;
  /** What clients know it by, where that does not follow from the name. */
  readonly wire?: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly collection: boolean;
  readonly params: readonly { readonly name: string; readonly type: string | null; readonly optional: boolean }[];
  /** The schema of the server a tool is passed on from, instead of one made from `params`. */
  readonly schema?: JsonSchema;
}

/** A call as the program takes it. */
export interface ToolCall {
  readonly call: number;
  readonly tool: string;
  readonly wire: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly value: unknown;
  readonly isError: boolean;
}

export class CallExchange {
  /** By wire name; of tools that share one, the last. */
  readonly #tools: ReadonlyMap<string, Published>;
  readonly #calls = new Queue<ToolCall>();
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #nextCall = 1;
  #over: string | null = null;

  constructor(tools: readonly Published[]) {
    this.#tools = new Map(tools.map((tool) => [wireName(tool), tool]));
  }

  /** The tools as clients see them. */
  get definitions(): ToolDefinition[] {
    return [...this.#tools].map(([wire, tool]) => definition(wire, tool));
  }

  /** Hands a call to the program; resolves with its answer, or with an error once nobody answers. */
  call(wire: string, args: Readonly<Record<string, unknown>>): Promise<Answer> {
    const tool = this.#tools.get(wire);
    if (!tool) return Promise.resolve({ value: `Tool '${wire}' not available`, isError: true });
    if (this.#over !== null) return Promise.resolve({ value: this.#over, isError: true });
    const call = this.#nextCall++;
    return new Promise((resolve) => {
      this.#answers.set(call, resolve);
      this.#calls.push({ call, tool: tool.name, wire, args });
    });
  }

  /** The next call for the program; undefined when there will be none. */
  next(): Promise<ToolCall | undefined> {
    return this.#calls.next();
  }

  /** The program's answer to a call; one nobody waits for is dropped. */
  answer(call: number, answer: Answer): void {
    this.#answers.get(call)?.(answer);
    this.#answers.delete(call);
  }

  /** No more calls go in; those under way are still answered. */
  end(): void {
    this.#calls.end();
  }

  /** Nobody answers any more: calls under way and later ones get `reason` as an error. */
  abandon(reason: string): void {
    this.#over ??= reason;
    this.#calls.end();
    for (const answer of this.#answers.values()) answer({ value: reason, isError: true });
    this.#answers.clear();
  }
}

/** What clients know a published tool by. */
export function wireName({ name, wire }: Published): string {
  return wire ?? toWireName(name);
}

function definition(name: string, { description, labels, collection, params, schema }: Published): ToolDefinition {
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
    ...(schema !== undefined && { inputSchema: schema }),
  };
}

/** Items that wait for the one who takes them. */
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
