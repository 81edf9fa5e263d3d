/** Every limit ends a run with an outcome that says which: never a hang, a trap, an abort, an orphan. */

import { describe, expect, test } from 'vitest';
import type { Door } from '../../runtime/host/sandbox/options.js';
import { type Options, run } from './setup.js';

const CPU = { limits: { cpuMs: 100 } };
const MEMORY = { limits: { memoryMb: 24, cellMemoryMb: 24, cpuMs: 20_000 } };

/** Milliseconds within which the interrupt, or else the watchdog, has to have ended a run. */
const SOON = 5_000;

async function limitOf(main: string, options?: Options): Promise<{ which: string; message: string; elapsed: number }> {
  const began = performance.now();
  const outcome = await run(main, options);
  if (outcome.kind !== 'limit') throw new Error(`no limit but ${JSON.stringify(outcome).slice(0, 500)}`);
  return { which: outcome.which, message: outcome.message, elapsed: performance.now() - began };
}

const inCell = (channel: string) => (code: string, options?: Options) =>
  limitOf(`({ ${channel} }) => ${channel}(0)`, { ...options, bodies: [{ code }] });

/** The same code as a script and as a js body. */
const PLACES: [
  place: string,
  limit: (code: string, options?: Options) => ReturnType<typeof limitOf>,
  subject: string,
][] = [
  ['the program realm', (code, options) => limitOf(`() => { ${code} }`, options), 'Script'],
  ['a cell', inCell('cell'), 'A js block'],
];

describe.each(PLACES)('in %s', (_place, limit, subject) => {
  test.each([
    ['an endless loop', 'for (;;);'],
    ['an endless loop that catches everything', 'for (;;) try { for (;;); } catch {}'],
    ['an endless loop in finally', 'try { for (;;); } finally { for (;;); }'],
    ['an endless generator', 'function* g() { for (;;) yield 1 } for (const x of g());'],
    ['an endless chain of promise jobs', '(async () => { for (;;) await 0; })(); return new Promise(() => {})'],
    [
      'a job that catches its own end',
      '(async () => { for (;;) { try { for (;;); } catch {} } })(); return new Promise(() => {})',
    ],
    ['an endless regular expression', '/^(a+)+$/.test("a".repeat(40) + "b")'],
    ['an endless sort', '[1, 2].sort(() => { for (;;); })'],
    ['an endless getter', 'JSON.stringify({ get a() { for (;;); } })'],
    ['an endless proxy', 'Object.keys(new Proxy({}, { ownKeys() { for (;;); } }))'],
  ])('cpu: %s', async (_what, code) => {
    const { which, message, elapsed } = await limit(code, CPU);
    expect(which).toBe('cpu');
    expect(message).toBe(`${subject} computed for 100 ms without finishing (limit: --cpu-timeout)`);
    expect(elapsed).toBeLessThan(SOON);
  });

  test.each([
    [
      'upper-casing a huge string again and again',
      'const s = "x".repeat(1e8); for (let i = 0; i < 50; i++) s.toUpperCase();',
    ],
    ['a huge bigint as text', 'String(3n ** 400000n)'],
    ['searching holes', 'const a = []; a.length = 4e9; a.indexOf(1)'],
    [
      '100,000 nested arrays to JSON.stringify',
      'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a)',
    ],
  ])('cpu: native code that no interrupt reaches: %s', async (_what, code) => {
    const { which, elapsed } = await limit(code, { limits: { cpuMs: 100, cellMemoryMb: 512 } });
    expect(which).toBe('cpu');
    expect(elapsed).toBeLessThan(SOON);
  });

  test.each([
    ['runaway recursion', 'function f() { f() } f()'],
    ['recursion through natives', 'function f() { [1].map(f) } f()'],
    ['recursion through getters', 'const o = { get x() { return this.x } }; o.x'],
    ['recursion through a proxy', 'const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.x'],
    ['recursion through toString', 'const o = { toString: () => "" + o }; "" + o'],
    ['100,000 nested brackets to JSON.parse', 'JSON.parse("[".repeat(1e5))'],
  ])('stack: %s', async (_what, code) => {
    const { which, message } = await limit(code);
    expect(which).toBe('stack');
    expect(message).toContain(`${subject} recursed too deeply`);
  });

  test.each([
    ['arrays', 'const a = []; for (;;) a.push(new Array(1000).fill(1));'],
    ['one string', 'let s = "x"; for (;;) s += s + "y";'],
    ['many strings', 'const a = []; for (;;) a.push("x".repeat(1e6).toUpperCase() + a.length);'],
    ['typed arrays', 'const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1));'],
    ['one huge typed array', 'return new Uint8Array(1e9).length'],
    ['a buffer of 2 GB', 'return new ArrayBuffer(2 ** 31 - 1).byteLength'],
    ['objects', 'const a = []; for (;;) a.push({ a: 1, b: {} });'],
    ['a map', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, {});'],
    [
      'a promise chain',
      'return (async () => { const a = []; for (;;) a.push(await [a.length, new Array(100).fill(0)]); })()',
    ],
    ['errors with stacks', 'const a = []; for (;;) a.push(new Error("x"));'],
  ])('memory: %s', async (_what, code) => {
    const { which, message } = await limit(code, MEMORY);
    expect(which).toBe('memory');
    expect(message).toContain(`${subject} needed more than 24 MB of memory (limit: --memory`);
  });

  test('time: the whole run', async () => {
    const outcome = await limit('for (;;);', { limits: { timeoutMs: 300 } });
    expect(outcome.which).toBe('time');
    expect(outcome.message).toBe('Script did not finish within 300 ms (limit: --timeout)');
    expect(outcome.elapsed).toBeLessThan(SOON);
  });
});

describe('in a cell while the program goes on', () => {
  const limit = inCell('cellPost');

  test.each([
    ['cpu', 'for (;;);', CPU],
    ['cpu', 'await 0; for (;;);', CPU],
    ['cpu', 'await new Promise((done) => setTimeout(done, 5)); for (;;);', CPU],
    ['stack', 'await 0; function f() { f() } f()', CPU],
    ['memory', 'await 0; const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1));', MEMORY],
  ])('%s: %s', async (which, code, options) => {
    expect((await limit(code, options)).which).toBe(which);
  });
});

describe('only in a cell, where code may be made from text', () => {
  test.each(['eval', 'Function'])('stack: 100,000 nested brackets to %s', async (name) => {
    const { which } = await limitOf('({ cell }) => cell(0)', { bodies: [{ code: `return ${name}("[".repeat(1e5))` }] });
    expect(which).toBe('stack');
  });

  test('stack: a body with 100,000 nested brackets', async () => {
    const { which } = await limitOf('({ cell }) => cell(0)', { bodies: [{ code: '('.repeat(1e5) }] });
    expect(which).toBe('stack');
  });
});

describe('a run that waits', () => {
  test('time: for the door', async () => {
    const { which } = await limitOf('({ post }) => post("never")', {
      door: () => new Promise(() => {}),
      limits: { timeoutMs: 300 },
    });
    expect(which).toBe('time');
  });

  test('time: for the door, blocking', async () => {
    const { which } = await limitOf('({ call }) => call("never")', {
      door: () => new Promise(() => {}),
      limits: { timeoutMs: 300 },
    });
    expect(which).toBe('time');
  });

  test('time: for a timer of a js body', async () => {
    const bodies = [{ code: 'await new Promise((done) => setTimeout(done, 1e6))' }];
    const { which } = await limitOf('({ cell }) => cell(0)', { bodies, limits: { timeoutMs: 300 } });
    expect(which).toBe('time');
  });

  test('waiting is not computing', async () => {
    const door: Door = () => new Promise((done) => setTimeout(done, 600, { id: 0, value: 1 }));
    const bodies = [{ code: 'await new Promise((done) => setTimeout(done, 600)); return 1' }];
    const outcome = await run(
      'async ({ call, post, cell, cellPost }) => [call("x"), await post("x"), cell(0), await cellPost(0)].length',
      {
        door,
        bodies,
        limits: { cpuMs: 400 },
      },
    );
    expect(outcome).toEqual({ kind: 'done', value: 4 });
  });

  test('a program that talks to the host may compute for longer than the limit altogether', async () => {
    const busy = 'const end = Date.now() + 80; while (Date.now() < end);';
    const outcome = await run(`({ call }) => { for (let i = 0; i < 8; i++) { ${busy} call("echo"); } return 1 }`, {
      limits: { cpuMs: 300 },
    });
    expect(outcome).toEqual({ kind: 'done', value: 1 });
  });

  test('a program that computes in js bodies only may not', async () => {
    const bodies = [{ code: 'const end = Date.now() + 50; while (Date.now() < end);' }];
    const { which } = await limitOf('({ cell }) => { for (;;) cell(0); }', { bodies, ...CPU });
    expect(which).toBe('cpu');
  });

  test('a program that waits for nothing ends with an error', async () => {
    const outcome = await run('() => new Promise(() => {})');
    expect(outcome).toMatchObject({
      kind: 'error',
      error: { message: 'The program waits for something that can never happen' },
    });
  });

  test('a js body that waits for nothing ends with an error', async () => {
    const outcome = await run('({ cell }) => cell(0).error.message', {
      bodies: [{ code: 'await new Promise(() => {})' }],
    });
    expect(outcome).toEqual({ kind: 'done', value: 'The js block waits for a promise that never settles' });
    const posted = await run('async ({ cellPost }) => (await cellPost(0)).error.message', {
      bodies: [{ code: 'return new Promise(() => {})' }],
    });
    expect(posted).toEqual(outcome);
  });
});

describe('after a limit', () => {
  test('nothing of the program runs on: the door sees no more requests', async () => {
    const seen: string[] = [];
    const door = (request: { id: number; op: string }) => {
      seen.push(request.op);
      return { id: request.id, value: null };
    };
    const main = `async ({ post, call }) => {
      await post('before');
      const escape = async () => { try { for (;;); } catch (e) { call('sync'); post('async'); } finally { call('finally'); } };
      await escape().catch(() => { call('catch'); });
    }`;
    const outcome = await run(main, { door, ...CPU });
    expect(outcome).toMatchObject({ kind: 'limit', which: 'cpu' });
    await new Promise((done) => setTimeout(done, 200));
    expect(seen).toEqual(['before']);
  });

  test('the outcome says where the program was', async () => {
    const outcome = await run('\nfunction spin() {\n  for (;;);\n}', { limits: { cpuMs: 200 } });
    expect(outcome).toMatchObject({ kind: 'limit', which: 'cpu' });
    expect(outcome.kind === 'limit' && outcome.stack?.[0]).toMatchObject({ fn: 'spin', file: 'test.js' });
  });

  test.each([
    ['an endless loop', '\nfunction spin() {\n  for (;;) Math.abs(1);\n}\nspin()', 3],
    ['recursion', '\nfunction spin() {\n  spin();\n}\nspin()', 3],
  ])('the outcome says where a js body was: %s', async (_what, code, line) => {
    const outcome = await run('({ cell }) => cell(0)', { bodies: [{ code }], limits: { cpuMs: 300 } });
    expect(outcome.kind === 'limit' && outcome.stack?.[0]).toMatchObject({ fn: 'spin', file: 'js-0', line });
  });
});

describe('what a script may catch, inside its own js body', () => {
  const twice = (code: string) =>
    run('({ cell }) => [cell(0), cell(0)].map((reply) => reply.value)', { bodies: [{ code }], ...MEMORY });

  test.each([
    ['a full stack', 'function f() { f() } try { f() } catch (e) { return e.message }'],
    [
      'a full stack of the parser, which is the deepest of all',
      'try { eval("[".repeat(1e5)) } catch (e) { return e.message }',
    ],
  ])('%s', async (_what, code) => {
    expect(await twice(code)).toEqual({ kind: 'done', value: ['stack overflow', 'stack overflow'] });
  });

  test('a full memory, and it is full where the limit says', async () => {
    const code = `
      const a = [];
      try { for (;;) a.push(new Uint8Array(1e6).fill(1)); } catch { const n = a.length; a.length = 0; return n; }`;
    const outcome = await twice(code);
    for (const megabytes of outcome.kind === 'done' ? (outcome.value as number[]) : [0]) {
      expect(megabytes).toBeGreaterThan(10);
      expect(megabytes).toBeLessThan(24);
    }
  });
});

describe('messages', () => {
  test('a value too large to parse on the host does not leave the sandbox', async () => {
    const { which, message } = await limitOf(
      '({ call }) => call("echo", { value: { data: "x".repeat(70 * 1024 * 1024) } })',
    );
    expect(which).toBe('memory');
    expect(message).toBe('A value of 71 MB is too large to leave the sandbox (limit: 64 MB)');
  });

  test('a reply that does not fit into the program realm is a limit', async () => {
    const door = (request: { id: number }) => ({ id: request.id, value: 'x'.repeat(60e6) });
    const { which } = await limitOf('({ call }) => call("x").value.length', { door, ...MEMORY });
    expect(which).toBe('memory');
  });

  test('a result of a js body that does not fit into the program realm is a limit', async () => {
    const { which, message } = await limitOf('({ cell }) => cell(0)', {
      bodies: [{ code: '"x".repeat(60e6)' }],
      limits: { memoryMb: 40, cellMemoryMb: 512 },
    });
    expect([which, message]).toEqual(['memory', 'Script needed more than 40 MB of memory (limit: --memory)']);
  });

  test('an argument that does not fit into a cell is a limit', async () => {
    const { which } = await limitOf('({ cell }) => cell(0, "x".repeat(60e6))', {
      bodies: [{ code: 'a.length', params: ['a'] }],
      limits: { cellMemoryMb: 40 },
    });
    expect(which).toBe('memory');
  });

  test('requests under way may not fill the memory of the host', async () => {
    const main = '({ post }) => { const data = "x".repeat(10e6); for (;;) post("never", { value: { data } }); }';
    const { which } = await limitOf(main, { door: () => new Promise(() => {}), limits: { memoryMb: 128 } });
    expect(which).toBe('memory');
  });
});

describe('abort', () => {
  test.each([
    ['an endless loop', '() => { for (;;); }'],
    ['waiting for the door', '({ call }) => call("never")'],
  ])('ends %s', async (_what, main) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const outcome = await run(main, { signal: controller.signal, door: () => new Promise(() => {}) });
    expect(outcome).toEqual({ kind: 'aborted' });
  });

  test('before the start', async () => {
    expect(await run('() => 1', { signal: AbortSignal.abort() })).toEqual({ kind: 'aborted' });
  });
});
