/** `+=` in a loop: values stay what they are, and a step does not copy what is there (language.md 4.2). */

import { describe, expect, it } from 'vitest';
import { type Box, box } from '../../../runtime/guest/box.js';
import { augment } from '../../../runtime/guest/values/augment.js';
import { EMPTY, join, joinAll, MarkSet, makeMark } from '../../../runtime/shared/marks.js';

describe('arrays that grow', () => {
  const add = (list: Box, ...items: unknown[]): Box => augment(list, box(items), 'x');

  it('leave every earlier value as it was', () => {
    const a = add(box([1]), 2);
    const b = add(a, 3);
    const c = add(a, 4, 5);
    const d = add(b, 6);
    expect([a, b, c, d].map((list) => list.value)).toEqual([
      [1, 2],
      [1, 2, 3],
      [1, 2, 4, 5],
      [1, 2, 3, 6],
    ]);
  });

  it('leave a value that was read as it was', () => {
    const a = add(box([]), 1);
    const read = a.value;
    const b = add(a, 2);
    expect(read).toEqual([1]);
    expect(b.value).toEqual([1, 2]);
    expect(add(b, 3).value).toEqual([1, 2, 3]);
  });

  it('take 100,000 steps in time in proportion', () => {
    let list: Box = box([]);
    const started = process.cpuUsage();
    for (let i = 0; i < 100_000; i++) list = add(list, i);
    const { user } = process.cpuUsage(started);
    expect((list.value as unknown[]).length).toBe(100_000);
    // Copying every time would take some ten seconds.
    expect(user / 1000).toBeLessThan(2000);
  });

  it('join the marks of what is added', () => {
    const secret = makeMark({ labels: ['secret'] });
    const list = augment(add(box([]), 1), box('k', secret), 'x');
    expect(list.deep).toBe(secret);
    expect(list.mark).toBe(EMPTY);
  });
});

describe('joining many marks', () => {
  const marks = [
    makeMark({ labels: ['secret'], sources: ['/a'], applied: ['g', 'h'] }),
    EMPTY,
    makeMark({ taint: ['src:file'], sources: ['/b'], applied: ['g'] }),
    makeMark({ tools: [{ name: 'f' }], sources: ['/a', '/c'] }),
    makeMark({ labels: ['pii'], taint: ['src:cmd'], applied: ['h', 'g'] }),
  ];

  it('is the same as joining them one by one, in every order', () => {
    for (let shift = 0; shift < marks.length; shift++) {
      const order = [...marks.slice(shift), ...marks.slice(0, shift)];
      expect(joinAll(order)).toBe(order.reduce(join, EMPTY));
    }
  });

  it('does not make a mark for every step', () => {
    const set = new MarkSet();
    const before = makeMark({ sources: ['before'] }).id;
    for (let i = 0; i < 5000; i++) set.add(makeMark({ sources: [`/f${i}`] }));
    expect(set.join().sources.length).toBe(5000);
    expect(makeMark({ sources: ['after'] }).id - before).toBe(5002);
  });
});
