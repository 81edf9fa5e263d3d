/** The table drives the runtime: every join in it is one that the code asks about, once it is loaded. */

import { expect, test, vi } from 'vitest';
import type * as Table from '../../../runtime/shared/propagation.js';

const asked = new Set<string>();

vi.mock('../../../runtime/shared/propagation.js', async (original) => {
  const table = await original<typeof Table>();
  const keyOf = new Map(Object.entries(table.PROPAGATION).map(([key, row]) => [row, key]));
  const watched =
    <R>(ask: (row: Table.PropagationRow, input: string) => R) =>
    (row: Table.PropagationRow, input: string): R => {
      asked.add(`${keyOf.get(row as never)}: ${input}`);
      return ask(row, input);
    };
  return {
    ...table,
    counts: watched(table.counts),
    joiner: watched(table.joiner),
    leadingJoiner: watched(table.leadingJoiner),
    strictJoiner: watched(table.strictJoiner),
  };
});

test('the runtime asks about every join', async () => {
  const { PROPAGATION } = await import('../../../runtime/shared/propagation.js');
  const { realm } = await import('./realm.js');
  await realm();
  await import('../../../runtime/host/bindings/files/info.js');
  await import('../../../runtime/host/monitor/recorded.js');
  const joins = Object.entries(PROPAGATION).flatMap(([key, row]) =>
    row.inputs.flatMap((input, index) =>
      (((row.joins & ~row.keeps) | row.strict) >> index) % 2 === 1 ? [`${key}: ${input}`] : [],
    ),
  );
  expect(joins.filter((join) => !asked.has(join))).toEqual([]);
});
