import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { box, marked, memberOf, plain } from '../../../runtime/guest/box.js';
import { makeArray } from '../../../runtime/guest/values/objects.js';
import {
  additionsFirst,
  EMPTY,
  join,
  labelsFirst,
  type Mark,
  makeMark,
  withLabels,
} from '../../../runtime/shared/marks.js';

const names = fc.subarray(['a', 'b', 'c', 'd']);
const mark: fc.Arbitrary<Mark> = fc.record({ labels: names, taint: names, sources: names }).map(makeMark);
const contains = (all: readonly string[], some: readonly string[]): boolean => some.every((name) => all.includes(name));
const covers = (big: Mark, small: Mark): boolean =>
  contains(big.labels, small.labels) && contains(big.taint, small.taint) && contains(big.sources, small.sources);

describe('the order of taint', () => {
  const file = makeMark({ labels: ['a'], taint: ['src:file'] });
  const other = makeMark({ labels: ['b'] });

  it('is that of what was joined, of each its labels first', () => {
    expect(file.taint).toEqual(['a', 'src:file']);
    expect(join(file, other).taint).toEqual(['a', 'src:file', 'b']);
    expect(join(other, file).taint).toEqual(['b', 'a', 'src:file']);
  });

  it('may be asked for', () => {
    expect(labelsFirst(join(file, other)).taint).toEqual(['a', 'b', 'src:file']);
    expect(withLabels(file, ['b']).taint).toEqual(['a', 'b', 'src:file']);
    expect(additionsFirst(join(other, file), [other]).taint).toEqual(['a', 'src:file', 'b']);
    expect(additionsFirst(file, [file])).toBe(file);
  });
});

describe('join', () => {
  it('is monotone: it covers both sides, and more in means no less out', () => {
    fc.assert(
      fc.property(mark, mark, mark, (a, b, c) => {
        expect(covers(join(a, b), a) && covers(join(a, b), b)).toBe(true);
        expect(covers(join(join(a, c), b), join(a, b))).toBe(true);
      }),
    );
  });

  it('has the empty mark as unit and is idempotent', () => {
    fc.assert(
      fc.property(mark, (a) => {
        expect(join(a, EMPTY)).toBe(a);
        expect(join(EMPTY, a)).toBe(a);
        expect(join(a, a)).toBe(a);
      }),
    );
  });

  it('equal marks are one object', () => {
    fc.assert(
      fc.property(names, (labels) => {
        expect(makeMark({ labels })).toBe(makeMark({ labels: [...labels] }));
      }),
    );
  });
});

describe('boxes', () => {
  it('marking a value marks its members', () => {
    fc.assert(
      fc.property(mark, mark, mark, (own, first, second) => {
        const list = marked(makeArray([box(1, first), box(2, second)]), own);
        const members = (list.value as unknown[]).map((member) => memberOf(list, member));
        expect(covers(members[0]!.mark, join(own, first)) && covers(members[1]!.mark, join(own, second))).toBe(true);
        expect(covers(list.deep, join(own, join(first, second)))).toBe(true);
      }),
    );
  });

  it('plain takes boxes out and shares what has none', () => {
    const shared = { deep: [1, Number.NaN] };
    expect(plain(shared)).toBe(shared);
    const boxed = { a: box({ b: box(1) }), shared, __proto__: null };
    expect(plain(boxed)).toEqual({ a: { b: 1 }, shared });
    expect((plain(boxed) as { shared: unknown }).shared).toBe(shared);
    const hostile = makeArray([box(JSON.parse('{"__proto__": {"x": 1}}'), makeMark({ labels: ['a'] })), box(1)]);
    expect(Object.keys((plain(hostile) as object[])[0]!)).toEqual(['__proto__']);
  });
});
