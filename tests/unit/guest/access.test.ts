import { describe, expect, it } from 'vitest';
import { Box, box, plain } from '../../../runtime/guest/box.js';
import * as refs from '../../../runtime/guest/refs.js';
import { field, index, mapField, slice, wildcard } from '../../../runtime/guest/values/access.js';
import { makeArray, makeObject } from '../../../runtime/guest/values/objects.js';
import { EMPTY } from '../../../runtime/shared/marks.js';
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

const message = (run: () => unknown): string => {
  const error = failure(run);
  expect(error).toMatchObject({ kind: 'FieldAccess', code: 'FIELD_ACCESS_ERROR' });
  return error.message;
};

describe('fields (language.md 2.8)', () => {
  it('reads own members and answers null for everything that is not there, at any depth', () => {
    const o = plainBox({ a: { b: 1 } });
    expect(field(field(o, 'a'), 'b').value).toBe(1);
    expect(field(field(field(o, 'x'), 'y'), 'z').value).toBe(null);
    expect(field(plainBox(undefined), 'a').value).toBe(null);
    expect(field(plainBox([1]), 'name').value).toBe(null);
  });

  it('takes no data for a view of the runtime, whatever its keys', () => {
    const o = plainBox({ isNative: true, isView: true, isExecutable: true });
    expect(refs.field(o, 'a', 0).value).toBe(null);
    expect(refs.index(o, plainBox('a'), 0).value).toBe(null);
    expect(refs.field(o, 'isNative', 0).value).toBe(true);
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('never reaches the prototype with %s', (name) => {
    expect(field(plainBox({ a: 1 }), name).value).toBe(null);
    expect(field(plainBox([1]), name).value).toBe(null);
    expect(index(plainBox({}), plainBox(name)).value).toBe(null);
    expect(mapField(wildcard(plainBox([{ a: 1 }])), name).value).toEqual([null]);
  });

  it('reads keys of such names when the data has them', () => {
    expect(field(plainBox(JSON.parse('{"__proto__": 5, "constructor": 6}')), '__proto__').value).toBe(5);
    expect(field(plainBox({ constructor: 6 }), 'constructor').value).toBe(6);
  });

  it('counts strings and arrays, but objects have no length of their own', () => {
    expect(field(plainBox('abc'), 'length').value).toBe(3);
    expect(field(plainBox([1, 2]), 'length').value).toBe(2);
    expect(field(plainBox({ a: 1 }), 'length').value).toBe(null);
    expect(field(plainBox({ length: 9 }), 'length').value).toBe(9);
  });

  it('reads elements with a dot', () => expect(field(plainBox(['x', 'y']), '1').value).toBe('y'));

  it('words its errors like the reference', () => {
    expect(message(() => field(plainBox('text'), 'foo'))).toBe(
      'Cannot access field "foo" on non-object value (string)',
    );
    expect(message(() => field(plainBox(5), 'foo'))).toBe('Cannot access field "foo" on non-object value (number)');
    expect(message(() => field(plainBox(true), 'foo'))).toBe('Cannot access field "foo" on non-object value (boolean)');
    expect(message(() => field(plainBox('{"a":1}'), 'a'))).toBe(
      'Cannot access field "a" on JSON string. Parse with `| @parse` first, or use `.mx.text` / `.mx.data` wrapper accessors.',
    );
    expect(message(() => field(plainBox('N'), 'txt', { source: 'n' }))).toBe(
      "Cannot access field \"txt\" on non-object value (string). '@n.txt' looks like field access. If you meant a file extension, escape the dot: '@n\\.txt'.",
    );
    expect(message(() => index(plainBox('abc'), plainBox(0)))).toBe(
      'Cannot access index 0 on non-array value (string)',
    );
    expect(message(() => field(plainBox('abc'), '0'))).toBe('Cannot access index 0 on non-array value (string)');
    expect(message(() => field(plainBox(namespace([])), 'x'))).toBe('Field "x" not found in object');
    expect(message(() => slice(plainBox('abc'), null, null))).toBe('Cannot slice non-array value (string)');
    expect(message(() => field(plainBox(executable()), 'x'))).toContain('(executable)');
  });

  it('reads exports and frontmatter of namespaces', () => {
    const ns = plainBox(namespace([['v', secret(1)]], { title: 'T' }));
    expect(field(ns, 'v')).toMatchObject({ value: 1, mark: SECRET });
    expect(field(field(ns, '__meta__'), 'title').value).toBe('T');
  });

  it('answers .text of wrapped text, .keep of anything', () => {
    expect(field(plainBox('A\n', fileExtra('A\n')), 'text').value).toBe('A\n');
    expect(field(plainBox('A'), 'keep').extra).toMatchObject({ keep: true });
    expect(field(plainBox({ keep: 'mine' }), 'keep').value).toBe('mine');
  });
});

describe('indices and slices (language.md 2.8)', () => {
  const list = plainBox(['a', 'b', 'c', 'd']);

  it.each<[unknown, unknown]>([
    [0, 'a'],
    ['1', 'b'],
    [9, null],
    [-1, null],
    [1.5, null],
    [null, null],
    ['length', 4],
  ])('[%j]', (i, value) => expect(index(list, plainBox(i)).value).toBe(value));

  it('reads keys of objects, numbers included', () => {
    expect(index(plainBox({ '-1': 'last', a: 1 }), plainBox(-1)).value).toBe('last');
    expect(index(plainBox({ a: 1 }), plainBox('a')).value).toBe(1);
  });

  it('brackets read a data key named mx, the dot reads metadata', () => {
    const o = plainBox({ mx: 'data' });
    expect(index(o, plainBox('mx')).value).toBe('data');
    const read = (b: Box) => field(field(field(b, 'mx'), 'data'), 'mx').value;
    expect(read(new Box({ mx: 'data' }, EMPTY, { origin: 'js' }))).toBe('data');
    expect(read(o)).toBe(null);
  });

  it('refuses containers as index', () =>
    expect(message(() => index(list, plainBox([1])))).toBe('Cannot use array as an index'));

  it.each<[number | null, number | null, string[]]>([
    [0, 2, ['a', 'b']],
    [2, null, ['c', 'd']],
    [null, 1, ['a']],
    [-2, null, ['c', 'd']],
    [null, -1, ['a', 'b', 'c']],
    [1, -1, ['b', 'c']],
  ])('[%j:%j]', (from, to, value) => {
    expect(slice(list, from === null ? null : plainBox(from), to === null ? null : plainBox(to)).value).toEqual(value);
  });

  it('a slice of null is null', () => expect(slice(plainBox(null), null, null).value).toBe(null));
});

describe('wildcards', () => {
  it('maps the fields that follow; elements without one are null', () => {
    const users = plainBox([{ n: 'a' }, {}, 'text', null, { n: 'b' }]);
    expect(mapField(wildcard(users), 'n').value).toEqual(['a', null, null, null, 'b']);
    expect(mapField(mapField(wildcard(plainBox([{ a: { b: 1 } }])), 'a'), 'b').value).toEqual([1]);
  });

  it('takes the values of an object', () => expect(wildcard(plainBox({ a: 1, b: 2 })).value).toEqual([1, 2]));
});

describe('metadata (language.md 2.4, 9.4)', () => {
  const mx = (b: Box, name: string): Box => field(field(b, 'mx'), name);

  it('knows labels, taint and sizes of every value', () => {
    expect(mx(secret('12345'), 'labels').value).toEqual(['secret']);
    expect(mx(secret('12345'), 'taint').value).toEqual(['secret']);
    expect(mx(plainBox('12345'), 'labels').value).toEqual([]);
    expect(mx(plainBox('12345'), 'tokest').value).toBe(2);
    expect(mx(plainBox('12345'), 'length').value).toBe(5);
    expect(mx(mixedArray(), 'labels').value).toEqual(['secret']);
    expect(mx(plainBox(1), 'nonsense').value).toBe(null);
  });

  it('shows labels unmarked, but views, sizes and what a file says under the value’s mark', () => {
    const file = secret('A', fileExtra('A'));
    for (const name of ['labels', 'taint', 'sources', 'tools']) expect(mx(file, name).mark).toBe(EMPTY);
    for (const name of ['length', 'tokens', 'tokest', 'text', 'data', 'fm', 'filename', 'path'])
      expect(labels(mx(file, name)), name).toEqual(['secret']);
    expect(labels(field(file, 'mx'))).toEqual(['secret']);
  });

  it('has no views for plain variables', () => {
    expect(mx(plainBox('x'), 'text').value).toBe(null);
    expect(mx(plainBox({ a: 1 }), 'data').value).toBe(null);
  });

  it('has both views and the file of a loaded value', () => {
    const file = plainBox({ a: 1 }, fileExtra('{"a":1}\n', 'f.json'));
    expect(mx(file, 'text').value).toBe('{"a":1}\n');
    expect(mx(file, 'data').value).toEqual({ a: 1 });
    expect(mx(file, 'filename').value).toBe('f.json');
    expect(mx(file, 'path').value).toBe('/p/f.json');
    expect(field(mx(file, 'fm'), 'title').value).toBe('T');
  });

  it.each<[unknown, string]>([
    ['x', 'simple-text'],
    [{}, 'object'],
    [[], 'array'],
    [1, 'primitive'],
  ])('type of %j', (value, type) => expect(mx(plainBox(value), 'type').value).toBe(type));

  it('user data never shadows it', () =>
    expect(mx(plainBox({ mx: { labels: ['forged'] } }), 'labels').value).toEqual([]));

  it('lists keys, values and entries of objects, each with its own marks', () => {
    const o = mixedObject();
    expect(mx(o, 'keys').value).toEqual(['k', 'z']);
    expect(plain(mx(o, 'values'))).toEqual(['s', 'pub']);
    expect(plain(mx(o, 'entries'))).toEqual([
      ['k', 's'],
      ['z', 'pub'],
    ]);
    expect(labels(index(mx(o, 'values'), plainBox(1)))).toEqual([]);
    expect(labels(index(mx(o, 'values'), plainBox(0)))).toEqual(['secret']);
  });
});

describe('marks of access (security.md 1.4 rows 6, 11, 12, 51)', () => {
  it('members carry the mark of their container', () => {
    expect(field(secret({ a: { b: 1 } }), 'a').mark).toBe(SECRET);
    expect(index(secret(['x']), plainBox(0)).mark).toBe(SECRET);
    expect(field(secret({}), 'missing').mark).toBe(SECRET);
    expect(labels(slice(secret([1, 2]), plainBox(0), null))).toEqual(['secret']);
  });

  it('members of mixed containers keep their own', () => {
    expect(labels(field(mixedObject(), 'z'))).toEqual([]);
    expect(labels(field(mixedObject(), 'k'))).toEqual(['secret']);
    expect(labels(slice(mixedArray(), plainBox(1), null))).toEqual([]);
    expect(labels(mapField(wildcard(makeArray([makeObject([['a', secret(1)]]), plainBox({ a: 2 })])), 'a'))).toEqual([
      'secret',
    ]);
  });

  it('the mark of an index joins', () => {
    expect(labels(index(plainBox(['a', 'b']), secret(1)))).toEqual(['secret']);
    expect(labels(index(pii({ a: 1 }), secret('a')))).toEqual(['pii', 'secret']);
    expect(labels(index(plainBox([1]), secret(9)))).toEqual(['secret']);
    expect(labels(slice(plainBox([1, 2]), secret(0), pii(1)))).toEqual(expect.arrayContaining(['secret', 'pii']));
  });

  it('messages do not quote labelled keys', () => {
    expect(message(() => index(plainBox('abc'), secret('hunter2')))).not.toContain('hunter2');
    expect(message(() => index(plainBox(5), secret(123456)))).not.toContain('123456');
  });

  it('counting only needs the mark of the container', () => {
    expect(labels(field(mixedArray(), 'length'))).toEqual([]);
    expect(labels(field(secret('abc'), 'length'))).toEqual(['secret']);
  });

  it('boxes share the empty mark', () => expect(field(plainBox({ a: 1 }), 'a').mark).toBe(box(1).mark));
});
