/** A guest whose propagation table can lose joins: the global `__off` names them when the guest is evaluated. */

import { readFileSync } from 'node:fs';
import type vm from 'node:vm';
import type { Plugin } from 'esbuild';
import { PROPAGATION, type PropagationRow } from '../../../runtime/shared/propagation.js';
import type { Join } from './chains.js';
import { guestScript } from './host.js';

const TABLE = 'export const PROPAGATION = Object.freeze({';

const SWITCH = `
function switched(table) {
  for (const { key, input } of globalThis.__off ?? []) {
    const row = table[key];
    const bit = 1 << row.inputs.indexOf(input);
    table[key] = { ...row, joins: row.joins & ~bit, strict: row.strict & ~bit };
  }
  return Object.freeze(table);
}
`;

const plugin: Plugin = {
  name: 'switches',
  setup(build) {
    build.onLoad({ filter: /runtime\/shared\/propagation\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes(TABLE)) throw new Error(`${path}: the table is not where it was`);
      return { contents: source.replace(TABLE, 'export const PROPAGATION = switched({') + SWITCH, loader: 'ts' };
    });
  },
};

export function switchableGuest(): Promise<vm.Script> {
  return guestScript([plugin]);
}

/** Every join the runtime asks the table about. */
export const JOINS: readonly Join[] = Object.entries(PROPAGATION as Record<string, PropagationRow>).flatMap(
  ([key, row]) =>
    row.inputs.flatMap((input, i) =>
      ((row.joins & ~row.keeps) | row.strict) & (1 << i) ? [`${key}: ${input}` as Join] : [],
    ),
);

/** The global that switches joins off. */
export function without(...joins: Join[]): Record<string, unknown> {
  return {
    __off: joins.map((join) => {
      const [key, input] = join.split(': ');
      return { key, input };
    }),
  };
}
