import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Box, box, memberOf, plain } from '../../../runtime/guest/box.js';
import { augment } from '../../../runtime/guest/values/augment.js';
import { iterate } from '../../../runtime/guest/values/iterate.js';
import { keep } from '../../../runtime/guest/values/metadata.js';
import { makeArray, makeObject, spread } from '../../../runtime/guest/values/objects.js';
import { EMPTY, join, makeMark } from '../../../runtime/shared/marks.js';
import {
  executable,
  failure,
  fileExtra,
  labels,
  mixedArray,
  mixedObject,
  namespace,
  pii,
  plainBox,
  SECRET,
  secret,
} from './values.js';

describe('makeArray and makeObject', () => {
  it('members of one mark are raw data under it', () => {
    const list = makeArray([secret('a'), secret('b')]);
    expect(list).toMatchObject({ value: ['a', 'b'], mark: SECRET, deep: SECRET });
    expect(makeObject([['a', secret(1)]])).toMatchObject({ value: { a: 1 }, mark: SECRET });
    expect(makeArray([])).toMatchObject({ value: [], mark: EMPTY });
  });

  it('members of different marks keep them, and the container has none of its own', () => {
    const list = mixedArray();
    expect(list.mark).toBe(EMPTY);
    expect(list.deep).toBe(SECRET);
    const [first, second] = list.value as unknown[];
    expect(memberOf(list, first).mark).toBe(SECRET);
    expect(memberOf(list, second).mark).toBe(EMPTY);
  });

  it('keeps the file behind a member, drops what only says where it came from', () => {
    const list = makeArray([plainBox('A', fileExtra('A')), plainBox('x', { origin: 'js' })]);
    expect(memberOf(list, (list.value as unknown[])[0]).extra?.file?.filename).toBe('a.md');
    expect((list.value as unknown[])[1]).toBe('x');
  });

  it('knows marks at any depth', () => {
    const outer = makeObject([['inner', makeArray([box(1), mixedArray()])]]);
    expect(labels(outer)).toEqual(['secret']);
    expect(labels(makeArray([outer]))).toEqual(['secret']);
  });

  it('the last of two pairs counts, in the place of the first', () => {
    expect(
      JSON.stringify(
        makeObject([
          ['a', box(1)],
          ['b', box(2)],
          ['a', box(3)],
        ]).value,
      ),
    ).toBe('{"a":3,"b":2}');
  });

  it('a key __proto__ is a key', () => {
    const o = makeObject([['__proto__', box({ polluted: true })]]);
    expect(Object.keys(o.value as object)).toEqual(['__proto__']);
    expect((o.value as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('the deep mark is the join of all members, and taking them out again loses nothing', () => {
    const mark = fc.subarray(['a', 'b', 'c']).map((names) => makeMark({ labels: names }));
    const value: fc.Arbitrary<Box> = fc.letrec<{ box: Box }>((tie) => ({
      box: fc.oneof(
        { depthSize: 'small' },
        fc.tuple(fc.integer(), mark).map(([n, m]) => new Box(n, m)),
        fc.array(tie('box'), { maxLength: 4 }).map(makeArray),
        fc
          .array(tie('box'), { maxLength: 4 })
          .map((list) => makeObject(list.map((b, i): [string, Box] => [`k${i}`, b]))),
      ),
    })).box;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (members) => {
        const list = makeArray(members);
        expect(list.deep).toBe(members.reduce((all, member) => join(all, member.deep), join(EMPTY, list.mark)));
        const back = (list.value as unknown[]).map((member) => memberOf(list, member));
        expect(back.map(plain)).toEqual(members.map(plain));
        const sets = (list: readonly Box[]) => list.map((member) => [...member.deep.labels].sort());
        expect(sets(back)).toEqual(sets(members));
      }),
    );
  });
});

describe('spread (language.md 4.1)', () => {
  it('answers members with their marks', () => {
    expect(spread(mixedObject(), 'o').map(([key, member]) => [key, labels(member)])).toEqual([
      ['k', ['secret']],
      ['z', []],
    ]);
    expect(labels(spread(secret({ a: 1 }))[0]![1])).toEqual(['secret']);
  });

  it.each<[unknown, string]>([
    [[1], 'array'],
    ['x', 'string'],
    [null, 'null'],
    [5, 'number'],
  ])('refuses %j', (value, kind) => {
    expect(failure(() => spread(plainBox(value), 'a')).message).toBe(
      `Cannot spread non-object value from a (got ${kind})`,
    );
  });
});

describe('iterate (language.md 7.4, 7.6)', () => {
  it('runs over arrays by index and objects by key, with the members’ marks', () => {
    expect(iterate(mixedArray(), 'for').map(({ key, value }) => [key, value.value, labels(value)])).toEqual([
      ['0', 's', ['secret']],
      ['1', 'pub', []],
    ]);
    expect(iterate(secret({ a: 1, b: 2 }), 'for').map(({ key, value }) => [key, value.value, labels(value)])).toEqual([
      ['a', 1, ['secret']],
      ['b', 2, ['secret']],
    ]);
    expect(iterate(plainBox([]), 'for')).toEqual([]);
  });

  it('runs over exports, then __meta__', () => {
    const ns = plainBox(namespace([['a', box(1)]], { t: 1 }));
    expect(iterate(ns, 'for').map(({ key }) => key)).toEqual(['a', '__meta__']);
  });

  it('elements of a kept array are kept', () => {
    expect(iterate(keep(plainBox(['a'])), 'for')[0]!.value.extra?.keep).toBe(true);
  });

  it.each<[unknown, string]>([
    ['str', 'string (str)'],
    [null, 'object (null)'],
    [5, 'number (5)'],
    [true, 'boolean (true)'],
  ])('refuses %j', (value, received) => {
    const error = failure(() => iterate(plainBox(value), 'for'));
    expect(error).toMatchObject({ kind: 'MlldDirective', code: 'VALIDATION_FAILED' });
    expect(error.message).toBe(`Directive error (for): Type mismatch: for expects an array. Received: ${received}`);
  });

  it('does not quote labelled data', () =>
    expect(failure(() => iterate(secret('hunter2'), 'for')).message).not.toContain('hunter2'));

  it('foreach takes arrays only', () => {
    expect(failure(() => iterate(plainBox('x'), 'foreach')).message).toBe(
      'Argument 1 to foreach must be an array, got string',
    );
    expect(failure(() => iterate(plainBox({}), 'foreach')).message).toBe(
      'Argument 1 to foreach must be an array, got object',
    );
  });

  it('is quick for 100,000 elements', () => {
    const list = plainBox(Array.from({ length: 100_000 }, (_, i) => i));
    const start = performance.now();
    expect(iterate(list, 'for')).toHaveLength(100_000);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('augment (language.md 4.2)', () => {
  it.each<[unknown, unknown, unknown]>([
    [[1], 2, [1, 2]],
    [[1], [2, 3], [1, 2, 3]],
    [[1], null, [1, null]],
    ['a', 'b', 'ab'],
    ['a', 5, 'a5'],
    ['a', { x: 1 }, 'a{"x": 1}'],
    [1, 2, 3],
    [1, '2', 3],
    [
      { a: 1, b: 1 },
      { b: 2, c: 3 },
      { a: 1, b: 2, c: 3 },
    ],
  ])('%j += %j', (target, value, result) =>
    expect(plain(augment(plainBox(target), plainBox(value), 'x'))).toEqual(result),
  );

  it('leaves the target alone', () => {
    const target = plainBox([1]);
    augment(target, plainBox(2), 'x');
    expect(target.value).toEqual([1]);
  });

  it('joins marks and leaves members their own', () => {
    for (const target of [[1], 'a', 1, { a: 1 }])
      expect(labels(augment(pii(target), secret(target), 'x'))).toEqual(['pii', 'secret']);
    const list = augment(plainBox(['pub']), secret('s'), 'x');
    expect(iterate(list, 'for').map(({ value }) => labels(value))).toEqual([[], ['secret']]);
    const merged = augment(plainBox({ a: 1 }), mixedObject(), 'x');
    expect(iterate(merged, 'for').map(({ key, value }) => [key, labels(value)])).toEqual([
      ['a', []],
      ['k', ['secret']],
      ['z', []],
    ]);
  });

  it('a key __proto__ stays a key', () => {
    const merged = augment(plainBox({ a: 1 }), plainBox(JSON.parse('{"__proto__": {"x": 1}}')), 'x');
    expect(Object.keys(merged.value as object)).toEqual(['a', '__proto__']);
  });

  it('words its errors', () => {
    expect(failure(() => augment(plainBox(undefined), plainBox(1), 'n')).message).toBe(
      'Cannot use += on undefined variable @n. Use "let @n = ..." first.',
    );
    expect(failure(() => augment(plainBox({}), plainBox(1), 'n')).message).toBe(
      'Cannot use += with number on the object @n',
    );
    expect(failure(() => augment(plainBox(null), plainBox(1), 'n')).message).toContain('it is null');
    expect(failure(() => augment(plainBox(executable()), plainBox(1), 'n')).message).toContain('it is executable');
  });
});
