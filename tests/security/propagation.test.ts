/** Every input of every row of the propagation table, as programs that run (security.md 1.4). */

import { beforeAll, describe, expect, test } from 'vitest';
import { PROPAGATION, type PropagationKey } from '../../runtime/shared/propagation.js';
import { exampleProgram, PROPAGATION_EXAMPLES } from '../../runtime/shared/propagation-examples.js';
import { lastLines } from './batch.js';

/** Examples that need what a test machine may not have are run by the suites of those parts. */
const RUNNABLE = new Set([undefined, 'python']);

const FILES = { 'data.txt': 'data', 'data.json': '{"k":"v"}', 'lib.mld': 'var @v = "x"\nexport { @v }\n' };

const cases = (Object.keys(PROPAGATION) as PropagationKey[]).flatMap((key) =>
  Object.entries(PROPAGATION_EXAMPLES[key]).flatMap(([input, example]) =>
    RUNNABLE.has(example.needs) ? [{ name: `${key}: ${input}`, example }] : [],
  ),
);

describe.each(['secret', 'untrusted', 'pii', 'net:w'])('%s', (label) => {
  let results: Record<string, string> = {};
  beforeAll(async () => {
    results = await lastLines(
      Object.fromEntries(cases.map(({ name, example }) => [name, exampleProgram(example, label)])),
      FILES,
    );
  });
  test.each(cases)('$name', ({ name, example }) => {
    expect(results[name]).toBe(String(example.carries));
  });
});

describe('a program without labels', () => {
  test('has none, whatever it does', async () => {
    const programs = Object.fromEntries(
      cases.flatMap(({ name, example }) =>
        /guard |pii|using/.test(example.program) || example.program.includes('exe LABEL')
          ? []
          : [
              [
                name,
                exampleProgram(example, 'LABEL')
                  .replaceAll('var LABEL @', 'var @')
                  .replace(/show [^\n]*\n$/, 'show @r.mx.labels.length\n'),
              ],
            ],
      ),
    );
    const results = await lastLines(programs, FILES);
    expect(Object.entries(results).filter(([, length]) => length !== '0')).toEqual([]);
  });
});
