/** The lists of a mark as programs read them: `.mx.labels`, `.mx.taint`, `.mx.sources`. */

import type { Mark } from '../../shared/marks.js';
import { type Box, box } from '../box.js';

/** A list that knows what `src:exec` stands for when it is asked `includes` (seed.md 5 item 7). */
export class TaintList extends Array<string> {}

export function markList(mark: Mark, name: 'labels' | 'taint' | 'sources'): Box {
  return box(name === 'taint' ? TaintList.from(mark.taint) : mark[name].slice());
}
