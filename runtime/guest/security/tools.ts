/** `@mx.tools`: what was called, what is allowed, and the lineage of a value (security.md 8.3). */

import { EMPTY, type Mark } from '../../shared/marks.js';
import { type Box, box } from '../box.js';
import { provideMx } from '../mx.js';
import { makeObject } from '../values/objects.js';

class ToolCalls {
  private readonly names: string[] = [];
  private readonly allowed: string[] = [];
  private readonly denied: string[] = [];

  record(name: string): void {
    this.names.push(name);
  }

  value(mark: Mark): Box {
    return makeObject([
      ['calls', box(this.names.slice())],
      ['allowed', box(this.allowed.slice())],
      ['denied', box(this.denied.slice())],
      ['history', box(mark.tools.map((use) => ({ ...use })))],
    ]);
  }
}

export const toolCalls = new ToolCalls();

provideMx('tools', () => toolCalls.value(EMPTY));
