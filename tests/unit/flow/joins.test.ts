/**
 * Every join of the propagation table is needed: with it switched off (or with all that give the same
 * label), noninterference finds a program that leaks. Those it cannot find are named, with the reason.
 */

import type vm from 'node:vm';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { BACKED, chain, STEPS } from './chains.js';
import { compiled, type Trace, trace } from './host.js';
import { JOINS, switchableGuest, without } from './switches.js';

const CHAINS = Number(process.env.NONINTERFERENCE_PROGRAMS ?? 100);

let guest: vm.Script;
beforeAll(async () => {
  guest = await switchableGuest();
});

const PAYLOADS = [
  { s: 'a', l: ['a'] },
  { s: 'zz', l: [] },
  { s: '', l: ['b', 'c'] },
];

/** What is on standard output: all that the policy of a chain keeps from the observer. */
function shown({ events }: Trace): string {
  return JSON.stringify(
    events.filter(({ op, data }) => op === 'console.write' && (data as { stream: string }).stream === 'stdout'),
  );
}

/** Whether an observer can tell the labelled inputs apart. */
async function leaks(source: string, globals: Record<string, unknown> = {}): Promise<boolean> {
  const bundle = compiled(source);
  const seen = new Set<string>();
  for (const payload of PAYLOADS) seen.add(shown(await trace(guest, bundle, payload, globals)));
  return seen.size > 1;
}

describe('programs without control dependence', () => {
  test.each(STEPS.map((step) => [step.needs.join(', '), step.lines, step] as const))('%s: %s', async (_, __, step) =>
    expect(await leaks(chain([step], 'secret'))).toBe(false),
  );

  test(`${CHAINS} chains of such steps show nothing of the labelled value`, { timeout: 600_000 }, async () => {
    const chains = fc.tuple(
      fc.array(fc.constantFrom(...STEPS, ...BACKED), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('secret', 'untrusted', 'pii'),
    );
    await fc.assert(
      fc.asyncProperty(chains, async ([steps, label]) => {
        const source = chain(steps, label);
        if (await leaks(source)) throw new Error(source);
      }),
      { numRuns: CHAINS },
    );
  });
});

/** Joins whose input cannot be told from a result, and why: the examples of the table show them. */
const UNSEEN: Readonly<Record<string, string>> = {
  'transformer: arguments': 'no transformer reads them',
  'exeShell: captured': 'a script reads nothing but its parameters',
  'exeShell: calls': 'a script calls nothing of the program',
  'exeJs: captured': 'code reads nothing but its parameters',
  'exeJs: calls': 'functions of its environment are code as well',
  'exeNode: captured': 'code reads nothing but its parameters',
  'exeNode: calls': 'functions of its environment are code as well',
  'exePython: captured': 'code reads nothing but its parameters',
  'exePython: calls': 'code calls nothing of the program',
  'mcp: captured': 'a tool reads nothing but its arguments',
  'mcp: calls': 'a tool calls nothing of the program',
  'keychain: arguments': 'what is got is secret anyway',
  'keychain: captured': 'the keychain reads nothing but its arguments',
  'keychain: calls': 'the keychain calls nothing',
  'node: input': 'node bodies get no standard input',
  'node: credentials': 'the environment of a body is not in its result by itself',
  'python: credentials': 'the environment of a body is not in its result by itself',
  'write: path': 'which files there are is not promised (docs/security-model.md)',
  'append: path': 'which files there are is not promised (docs/security-model.md)',
  'effect: context': 'the marks of requests: tests/unit/flow/strict.test.ts',
  'write: context': 'the marks of requests: tests/unit/flow/strict.test.ts',
  'append: context': 'the marks of requests: tests/unit/flow/strict.test.ts',
};

describe('with a join switched off', () => {
  const backed = new Set(BACKED.flatMap(({ needs }) => needs));
  const single = JOINS.filter((join) => !(join in UNSEEN) && STEPS.some(({ needs }) => needs.includes(join)));

  test('every join is looked for in one of these ways', () =>
    expect(JOINS.filter((join) => !single.includes(join) && !backed.has(join) && !(join in UNSEEN))).toEqual([]));

  test.each(single)('%s: a program leaks', async (join) => {
    const found: boolean[] = [];
    for (const step of STEPS.filter(({ needs }) => needs.includes(join)))
      found.push(await leaks(chain([step], 'untrusted'), without(join)));
    expect(found).toContain(true);
  });

  // Where two joins give the label, one of them is enough and both are tried: without them a program leaks.
  test.each(BACKED.map((step) => [step.needs.join(' and '), step] as const))('%s: together', async (_, step) => {
    const source = chain([step], 'untrusted');
    expect(await leaks(source)).toBe(false);
    for (const join of step.needs) expect(await leaks(source, without(join))).toBe(false);
    expect(await leaks(source, without(...step.needs))).toBe(true);
  });
});
