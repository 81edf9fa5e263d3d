import { describe, expect, test, vi } from 'vitest';
import { type CheckedRequest, createMonitor, type Decider } from '../../../runtime/host/monitor/index.js';
import { EMPTY } from '../../../runtime/shared/marks.js';
import { OPERATIONS } from '../../../runtime/shared/operations.js';

const operation = OPERATIONS['clock.now'];
const request = {
  op: 'clock.now',
  args: {},
  marks: {},
  mark: EMPTY,
  read: EMPTY,
  site: 0,
  under: [],
} as unknown as CheckedRequest;
const denial = { code: 'NO', message: 'no' };

describe('createMonitor', () => {
  test('asks the phases in their order and stops at the first denial', async () => {
    const asked: string[] = [];
    const decider =
      (name: string, answer: typeof denial | null = null): Decider =>
      (_operation, _request, { phase }) => {
        asked.push(`${phase}:${name}`);
        return answer;
      };
    const deciders = {
      authorization: [decider('a')],
      flow: [decider('b'), decider('c', denial), decider('d')],
      capability: [decider('e')],
    };
    expect(await createMonitor({ root: '/', deciders }).decide(operation, request, [])).toEqual(denial);
    expect(asked).toEqual(['capability:e', 'flow:b', 'flow:c']);
  });

  test('allows what nobody denies', async () => {
    expect(await createMonitor({ root: '/' }).decide(operation, request, [])).toBeNull();
  });

  test.each<[string, Decider]>([
    [
      'throws',
      () => {
        throw new Error('bug');
      },
    ],
    ['rejects', () => Promise.reject(new Error('bug'))],
    [
      'throws no error',
      () => {
        throw null;
      },
    ],
  ])('a decider that %s denies', async (_how, decider) => {
    expect(
      await createMonitor({ root: '/', deciders: { flow: [decider] } }).decide(operation, request, []),
    ).toMatchObject({ code: 'MONITOR_FAILURE' });
  });

  test('records every decision; a record that fails denies', async () => {
    const decision = vi.fn();
    const audit = {
      decision,
      write: () => {},
      signed: () => {},
      record: () => {},
      restore: () => EMPTY,
      tainted: () => [],
    };
    await createMonitor({ root: '/', audit }).decide(operation, request, []);
    await createMonitor({ root: '/', audit, deciders: { flow: [() => denial] } }).decide(operation, request, []);
    expect(decision.mock.calls.map(([entry]) => entry.denied)).toEqual([undefined, denial]);
    decision.mockRejectedValue(new Error('disk full'));
    expect(await createMonitor({ root: '/', audit }).decide(operation, request, [])).toMatchObject({
      code: 'MONITOR_FAILURE',
      message: expect.stringContaining('disk full'),
    });
  });
});
