/** The short way of operators on numbers answers what the general one does. */

import { expect, test } from 'vitest';
import { OPERATOR_FUNCTIONS } from '../../../compiler/emit/operators.js';
import { Box, box } from '../../../runtime/guest/box.js';
import * as operators from '../../../runtime/guest/operators.js';
import { binary } from '../../../runtime/guest/refs.js';

const SHORT = { ...operators };
const VALUES = [0, -0, 1, 2.5, -3, Number.NaN, Infinity, -Infinity, '2.5', 'b', '', true, false, null, undefined, [1]];

test.each(Object.entries(OPERATOR_FUNCTIONS))('%s', (operator, name) => {
  const compute = SHORT[name];
  for (const a of VALUES) {
    for (const b of VALUES) {
      const outcome = (run: () => Box): unknown => {
        try {
          return run().value;
        } catch (error) {
          return (error as Error).message;
        }
      };
      const short = outcome(() => compute(box(a), box(b), 0));
      expect(short, `${String(a)} ${operator} ${String(b)}`).toBe(
        outcome(() => binary(operator as keyof typeof OPERATOR_FUNCTIONS, box(a), box(b), 0)),
      );
      expect(compute(box(1), box(2), 0)).toBeInstanceOf(Box);
    }
  }
});
