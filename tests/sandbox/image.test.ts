/** A sandbox that starts from an image does what one does that evaluates the guest runtime. */

import { describe, expect, test } from 'vitest';
import { joinImages, openImage, packImage, splitImages } from '../../runtime/host/sandbox/image.js';
import { makeImage } from '../../runtime/host/sandbox/index.js';
import { engine, guest, type Options, resultOf, run, workerUrl } from './setup.js';

const image = await makeImage({ guest, workerUrl, engine });
const fromImage = (options: Options = {}): Options => ({ ...options, guest: { image } });

test('the program runs, calls the door and loads chunks', async () => {
  const main = `async ({ start, call, post, chunk }) => {
    chunk('more');
    return [start, call('echo', { value: { data: 1 } }).value, (await post('echo', { value: { data: 2 } })).value, globalThis.extra];
  }`;
  const options = fromImage({ start: 0, chunks: { more: 'globalThis.extra = 3' } });
  expect(await resultOf(main, options)).toEqual([0, 1, 2, 3]);
});

test('js bodies run, in the first cell and in others', async () => {
  const code = 'await new Promise((done) => setTimeout(done, 5)); console.log("x"); return [typeof URL, n]';
  const bodies = [{ code, params: ['n'] }];
  const main = '({ cellIn }) => [cellIn(0, 0, 1), cellIn(1, 0, 2)].map(({ value, logs }) => [value, logs])';
  const expected = [1, 2].map((n) => [['function', n], ['x']]);
  expect(await resultOf(main, fromImage({ bodies }))).toEqual(expected);
});

test('code from text is as forbidden in the program, and the host function as hidden', async () => {
  expect(await resultOf('() => [typeof eval, typeof __host]', fromImage())).toEqual(['undefined', 'undefined']);
  expect((await run('() => (() => {}).constructor("return 1")()', fromImage())).kind).toBe('error');
});

test('runs share nothing', async () => {
  const main = '() => { globalThis.left = (globalThis.left ?? 0) + 1; return globalThis.left; }';
  expect(await resultOf(main, fromImage())).toBe(1);
  expect(await resultOf(main, fromImage())).toBe(1);
});

test('each run and each cell has its own random numbers and clock', async () => {
  const code = '[Math.random(), performance.now() < 10000, performance.timeOrigin <= Date.now()]';
  const bodies = [{ code }];
  const main = '({ cellIn }) => [Math.random(), ...[0, 1].flatMap((cell) => cellIn(cell, 0).value)]';
  const results = [
    await resultOf(main, fromImage({ bodies })),
    await resultOf(main, fromImage({ bodies })),
  ].flat() as unknown[];
  const numbers = results.filter((value) => typeof value === 'number');
  expect(results.filter((value) => value === true)).toHaveLength(8);
  expect(new Set(numbers).size).toBe(6);
  expect(numbers.every((value) => value >= 0 && value < 1)).toBe(true);
});

test('random numbers are spread evenly', async () => {
  const main = `() => {
    const buckets = new Array(10).fill(0);
    for (let i = 0; i < 20000; i++) buckets[Math.floor(Math.random() * 10)]++;
    return buckets;
  }`;
  for (const count of (await resultOf(main, fromImage())) as number[]) expect(Math.abs(count - 2000)).toBeLessThan(250);
});

describe('limits hold', () => {
  test.each([
    ['cpu', 'for (;;);'],
    ['stack', 'function f() { f() } f()'],
    ['stack', 'JSON.parse("[".repeat(1e5))'],
    ['memory', 'const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1));'],
    ['memory', 'const a = []; for (;;) a.push({ a: 1 });'],
  ])('%s: %s', async (which, code) => {
    const limits = { cpuMs: which === 'cpu' ? 300 : 20_000, memoryMb: 40, cellMemoryMb: 40 };
    const inProgram = await run(`() => { ${code} }`, fromImage({ limits }));
    expect(inProgram).toMatchObject({ kind: 'limit', which });
    const inCell = await run('({ cell }) => cell(0)', fromImage({ limits, bodies: [{ code }] }));
    expect(inCell).toMatchObject({ kind: 'limit', which });
  });

  test('the outcome says where the program was', async () => {
    const outcome = await run('function spin() { for (;;); }', fromImage({ limits: { cpuMs: 200 } }));
    expect(outcome.kind === 'limit' && outcome.stack?.[0]).toMatchObject({ fn: 'spin' });
  });
});

test('a guest that fails while it is evaluated gives no image', async () => {
  await expect(makeImage({ guest: 'throw new Error("broken")', workerUrl, engine })).rejects.toThrow('broken');
  await expect(makeImage({ guest: '__host("call", "{}")', workerUrl, engine })).rejects.toThrow('host function');
});

describe('packing', () => {
  const state = {
    runtime: 1,
    scratch: 2,
    jobContext: 3,
    errorKeys: [4],
    context: 5,
    idler: 8,
    tracer: 6,
    entry: { start: 7 },
  };

  test('memory comes back as it was, over what a fresh instance holds', () => {
    const memory = new Uint8Array(65_536 * 2);
    for (const at of [0, 5000, 70_000, 131_071]) memory[at] = at % 251 || 1;
    const fresh = new Uint8Array(65_536);
    fresh.fill(9, 20_000, 30_000);
    const opened = openImage(packImage(memory, fresh, state));
    const restored = new Uint8Array(memory.length);
    restored.set(fresh);
    opened.restore(restored);
    expect(Buffer.compare(restored, memory)).toBe(0);
    expect([opened.state, opened.memoryPages]).toEqual([state, 2]);
  });

  test('empty pages take no room', () => {
    expect(packImage(new Uint8Array(1 << 20), new Uint8Array(0), state).length).toBeLessThan(500);
  });

  test('several images in one file', () => {
    const parts = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([4])];
    expect(splitImages(joinImages(parts)).map((part) => [...part])).toEqual([[1, 2, 3], [], [4]]);
  });
});
