/**
 * Noninterference by property: whatever a generated program does, two runs that differ in their
 * labelled inputs only look the same to who may not see the label. `NONINTERFERENCE_PROGRAMS` says how
 * many programs; a thorough run prints what they did.
 */

import type vm from 'node:vm';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { guestScript } from './host.js';
import { type Case, cases, ended, judge, type Verdict } from './property.js';

const PROGRAMS = Number(process.env.NONINTERFERENCE_PROGRAMS ?? 100);

/** A thorough run also counts the programs that leak where flow is not strict: those the property is about. */
const IS_THOROUGH = PROGRAMS >= 1000;

let guest: vm.Script;
beforeAll(async () => {
  guest = await guestScript();
});

/** What generated programs did, counted. */
const counts = { programs: 0, shown: 0, influenced: 0, refused: 0, ran: 0, failed: 0, diverged: 0, leaking: 0 };

function count({ traces }: Verdict): void {
  counts.programs++;
  if (traces.some(({ events }) => events.length > 0)) counts.shown++;
  if (traces.some(({ isInfluenced }) => isInfluenced)) counts.influenced++;
  if (traces.some((each) => ended(each) === 'refused')) counts.refused++;
  if (traces.some((each) => ended(each) === 'done')) counts.ran++;
  if (traces.some((each) => ended(each) === 'failed')) counts.failed++;
  if (JSON.stringify(traces[0]) !== JSON.stringify(traces[1])) counts.diverged++;
}

describe('in strict flow', () => {
  test(`${PROGRAMS} programs look the same whatever the labelled inputs`, { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (given: Case) => {
        const verdict = await judge(guest, given, 'strict');
        count(verdict);
        if (IS_THOROUGH && counts.programs % 4 === 0 && (await judge(guest, given, 'explicit')).difference !== null)
          counts.leaking++;
        if (verdict.difference !== null)
          throw new Error(`${verdict.difference}\n\n${verdict.source}\n${JSON.stringify(given.payloads)}`);
      }),
      {
        numRuns: PROGRAMS,
        interruptAfterTimeLimit: 560_000,
        markInterruptAsFailure: true,
        endOnFailure: process.env.NOSHRINK === '1',
        ...(process.env.NONINTERFERENCE_SEED ? { seed: Number(process.env.NONINTERFERENCE_SEED) } : {}),
      },
    );
    expect(counts.programs).toBe(PROGRAMS);
    if (!IS_THOROUGH) return;
    const share = (count: number, of = PROGRAMS): string => `${Math.round((100 * count) / of)} %`;
    console.log(
      [
        `${PROGRAMS} programs: ${share(counts.shown)} asked the host for something, ${share(counts.influenced)} decided by`,
        `labelled data, ${share(counts.refused)} were refused, ${share(counts.ran)} ran to their end, ${share(counts.failed)}`,
        `failed, ${share(counts.diverged)} took two ways; without strict flow ${share(counts.leaking, PROGRAMS / 4)} leak`,
      ].join(' '),
    );
    // The property is about programs that do something, and would not hold by itself.
    for (const count of [counts.shown, counts.influenced, counts.refused]) expect(count).toBeGreaterThan(PROGRAMS / 4);
    expect(counts.leaking).toBeGreaterThan(0);
  });
});
