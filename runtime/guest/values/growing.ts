/**
 * Arrays that grow by `+=` in a loop. Values never change, so every step makes a new one; so that a
 * step does not copy all elements, the values of such a chain share one list, of which each is the
 * first so many. Whoever reads one gets an array of its own: the list itself when it is the newest,
 * and the next step starts another list.
 */

import type { Mark } from '../../shared/marks.js';
import { Box } from '../box.js';

interface List {
  items: unknown[];
  /** True once somebody reads the list as an array: it must not change any more. */
  isRead: boolean;
}

export class Growing extends Box {
  private constructor(
    private readonly list: List,
    /** How many of the list's items are elements. */
    readonly length: number,
    mark: Mark,
    deep: Mark,
  ) {
    super(undefined, mark, null, deep);
    Object.defineProperty(this, 'value', { get: () => this.elements() });
  }

  private array: unknown[] | null = null;

  /** The elements of an array with `added` behind them. */
  static of(start: Box, added: readonly unknown[], mark: Mark, deep: Mark): Growing {
    const list =
      start instanceof Growing && start.isNewest
        ? start.list
        : { items: (start.value as unknown[]).slice(), isRead: false };
    for (const item of added) list.items.push(item);
    return new Growing(list, list.items.length, mark, deep);
  }

  private get isNewest(): boolean {
    return !this.list.isRead && this.length === this.list.items.length;
  }

  private elements(): unknown[] {
    if (this.array === null) {
      const { list, length } = this;
      this.array = this.isNewest ? list.items : list.items.slice(0, length);
      if (this.array === list.items) list.isRead = true;
    }
    return this.array;
  }
}
