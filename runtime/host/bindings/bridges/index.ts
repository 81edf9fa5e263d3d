/** `bridge.…`: the tools an `exe llm` hands to the program it runs, by way of MCP. */

import { type BindingsOf, HostError } from '../types.js';
import type { Bridge, BridgedServer } from './bridge.js';

export class Bridges {
  readonly #open = new Map<number, Bridge>();
  #count = 0;
  #closed = false;

  readonly bindings: BindingsOf<'bridge'> = {
    'bridge.open': {
      run: async ({ servers }) => {
        const { Bridge } = await import('./bridge.js');
        const bridge = await Bridge.open(servers as unknown as readonly BridgedServer[]);
        if (this.#closed) {
          await bridge.close();
          throw new HostError('Mlld', 'RUN_CLOSED', 'The run has ended');
        }
        const id = ++this.#count;
        this.#open.set(id, bridge);
        return { value: { bridge: id, config: bridge.config, names: bridge.names, sockets: bridge.sockets } };
      },
    },
    'bridge.next': {
      run: async ({ bridge }) => ({ value: (await this.#open.get(bridge)?.calls.next()) ?? null }),
    },
    'bridge.answer': {
      run: ({ bridge, call, failed, value }) => {
        this.#open.get(bridge)?.calls.answer(call, { value, isError: failed });
        return { value: null };
      },
    },
    'bridge.close': {
      run: async ({ bridge }) => {
        const open = this.#open.get(bridge);
        this.#open.delete(bridge);
        await open?.close();
        return { value: null };
      },
    },
  };

  /** The folder a jail has to show for the programs of a bridge; null when it is closed. */
  folder(bridge: number): string | null {
    return this.#open.get(bridge)?.folder ?? null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open.values()].map((bridge) => bridge.close()));
    this.#open.clear();
  }
}
