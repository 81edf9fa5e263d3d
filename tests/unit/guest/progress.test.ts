import { beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../../runtime/guest/door.js';
import { counted } from '../../../runtime/guest/progress.js';
import { runState } from '../../../runtime/guest/state.js';
import { EMPTY, makeMark } from '../../../runtime/shared/marks.js';

let told: { done: number; total: number }[];

beforeEach(() => {
  told = [];
  runState.progress = true;
  connect((_channel, text) => {
    const { args } = JSON.parse(text) as { args: Record<'done' | 'total', { data: number }> };
    told.push({ done: args.done.data, total: args.total.data });
    return undefined;
  });
});

async function run(total: number, task: (i: number) => Promise<void>, mark = EMPTY): Promise<void> {
  const each = counted(total, mark, 0, task);
  for (let i = 0; i < total; i++) await each(i);
}
const nothing = async () => {};

describe('parallel loops', () => {
  test('tell how far they are', async () => {
    await run(2, nothing);
    expect(told).toEqual([
      { done: 0, total: 2 },
      { done: 1, total: 2 },
      { done: 2, total: 2 },
    ]);
  });

  test('tell it no more often when they are long', async () => {
    await run(10_001, nothing);
    expect(told.length).toBeLessThan(220);
    expect(told.at(-1)).toEqual({ done: 10_001, total: 10_001 });
  });

  test('end when a task throws', async () => {
    const failing = run(3, async () => {
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    expect(told.at(-1)).toEqual({ done: 3, total: 3 });
  });

  test('tell nothing when nobody watches', async () => {
    runState.progress = false;
    await run(2, nothing);
    expect(told).toEqual([]);
  });

  test('tell nothing about lists that labels protect', async () => {
    await run(2, nothing, makeMark({ labels: ['secret'] }));
    expect(told).toEqual([]);
    await run(2, nothing, makeMark({ taint: ['src:file'] }));
    expect(told).toHaveLength(3);
  });
});
