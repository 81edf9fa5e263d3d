/** `@mx.tools`: what was called, what is allowed, and the lineage of a value (security.md 8.3). */

import { EMPTY } from '../../shared/marks.js';
import { type Box, box } from '../box.js';
import type { Context } from '../context.js';
import { provideMx } from '../mx-providers.js';
import { makeObject } from '../values/objects.js';

class ToolCalls {
  private readonly names: string[] = [];

  record(name: string): void {
    this.names.push(name);
  }

  /** `allowed` and `denied` are those of the scope: a box, the tools of a model, served tools. */
  value(context: Context): Box {
    const mark = context.guard?.lineage ?? EMPTY;
    const offered = context.scope?.offered;
    return makeObject([
      ['calls', box(this.names.slice())],
      ['allowed', box(offered?.allowed.slice() ?? [], offered?.mark)],
      ['denied', box(offered?.denied.slice() ?? [], offered?.mark)],
      ['history', box(mark.tools.map((use) => ({ ...use })))],
    ]);
  }
}

export const toolCalls = new ToolCalls();

provideMx('tools', (context) => toolCalls.value(context));
