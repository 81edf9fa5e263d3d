/**
 * The benchmark programs: what each must print, what it may cost, and how it grows.
 *
 * `reference` is the public interpreter (mlld 2.0.5) on the same programs: its CPU as a ratio to
 * `node -e 0`, and its peak memory in MiB. `target` is ours.
 */
export const PROGRAMS = [
  {
    name: 'hello',
    expected: 'Hello Alice!\n',
    target: 3,
    reference: { ratio: 13, memory: 138 },
  },
  {
    name: 'fib',
    expected: '610\n',
    target: 4,
    reference: { ratio: 158, memory: 294 },
    // fib(15) makes 1,973 calls, fib(20) 21,891.
    growth: { from: '@fib(15)', to: '@fib(20)', scale: 21_891 / 1_973, expected: '6765\n' },
  },
  {
    name: 'loop-block',
    expected: '2000\nitem 2000 -> 2\n',
    target: 4,
    reference: { ratio: 62, memory: 176 },
    growth: { from: '@range(2000)', to: '@range(20000)', scale: 10, expected: /^20000\n/ },
  },
  {
    name: 'loop-js',
    expected: '2000\n4000\n',
    target: 4,
    reference: { ratio: 60, memory: 188 },
    growth: { from: '@range(2000)', to: '@range(20000)', scale: 10, expected: /^20000\n/ },
  },
  {
    name: 'loop-guarded',
    expected: '1000\nsent 1000\n',
    target: 4.5,
    reference: { ratio: 36, memory: 171 },
    growth: { from: '@range(1000)', to: '@range(10000)', scale: 10, expected: /^10000\n/ },
  },
  {
    name: 'pipeline',
    expected: '1000\n1: USER 1\n',
    target: 4.5,
    reference: { ratio: 47, memory: 291 },
    growth: { from: '@range(1000)', to: '@range(10000)', scale: 10, expected: /^10000\n/ },
  },
  {
    name: 'json-10k',
    expected: '900\n',
    target: 5,
    reference: { ratio: 46, memory: 200 },
    growth: { from: '@make(10000)', to: '@make(100000)', scale: 10, expected: '9000\n' },
  },
];

/** Peak memory every program may take, in MiB. */
export const MEMORY_TARGET = 180;
