/** The one way out of the program realm: what crosses it arrives unchanged, and nothing else crosses. */

import { describe, expect, test } from 'vitest';
import { prepareSandbox, runInSandbox } from '../../runtime/host/sandbox/index.js';
import type { Door } from '../../runtime/host/sandbox/options.js';
import { echo, engine, guest, resultOf, run, workerUrl } from './setup.js';

const BOM = '\ufeff';
const FRAGILE: [what: string, text: string][] = [
  ['NUL', 'a\0b'],
  ['a leading NUL', '\0'],
  ['a lone high surrogate', 'a\ud83db'],
  ['a lone low surrogate', '\udcafb'],
  ['surrogates the wrong way round', '\udca9\ud83d'],
  ['a leading BOM', `${BOM}text`],
  ['nothing but a BOM', BOM],
  ['control characters', '\x01\x1f\x7f\x80\x9f\u2028\u2029'],
  ['all planes', 'é漢😀\u{10ffff}'],
  ['quotes and backslashes', '"\\"\n\r\t\\u0000'],
  ['the empty string', ''],
  ['what looks like a reply', '","id":1,"value":"x'],
];

const CHANNELS = ['call', 'post'] as const;

const echoed = (channel: string) => `async ({ ${channel}, start }) => {
  const { value } = await ${channel}('echo', { value: { data: start } });
  return [value === start, value.length, value];
}`;

describe.each(CHANNELS)('%s', (channel) => {
  test.each(FRAGILE)('%s', async (_what, text) => {
    expect(await resultOf(echoed(channel), { start: text })).toEqual([true, text.length, text]);
  });

  test('10 MB', async () => {
    const text = 'x0é漢'.repeat(2_500_000);
    const [same, length] = (await resultOf(echoed(channel), { start: text })) as [boolean, number];
    expect([same, length]).toEqual([true, text.length]);
  });

  test('nested data with keys that mean something to JavaScript', async () => {
    const data = JSON.parse('{"__proto__":{"a":1},"constructor":[null,true,1.5],"toJSON":"x","then":{}}') as object;
    const main = `async ({ ${channel}, start }) => [(await ${channel}('echo', { value: { data: start } })).value, ({}).a === undefined]`;
    const [value, isClean] = (await resultOf(main, { start: data })) as [object, boolean];
    expect(JSON.stringify(value)).toBe(JSON.stringify(data));
    expect(isClean).toBe(true);
    expect(({} as { a?: unknown }).a).toBe(undefined);
  });

  test('the request reaches the door as it was sent', async () => {
    const seen: unknown[] = [];
    const door: Door = (request) => {
      seen.push(request);
      return { id: request.id, value: 1 };
    };
    const main = `async ({ ${channel} }) => { await ${channel}('op', { a: { data: 1, mark: { labels: ['secret'] } } }); }`;
    await resultOf(main, { door });
    expect(seen).toEqual([{ id: 1, op: 'op', args: { a: { data: 1, mark: { labels: ['secret'] } } }, site: 0 }]);
  });

  test('a mark, a denial and an error come back as they are', async () => {
    const replies = [
      { value: 1, mark: { labels: ['secret'] } },
      { denied: { code: 'X', message: 'no' } },
      { error: { name: 'E', code: 'Y', message: 'bad' } },
    ];
    const door: Door = ({ id }) => ({ id, ...replies[id - 1] }) as never;
    const main = `async ({ ${channel} }) => [await ${channel}('a'), await ${channel}('b'), await ${channel}('c')]`;
    expect(await resultOf(main, { door })).toEqual(replies.map((reply, index) => ({ ...reply, id: index + 1 })));
  });

  test.each<[string, Door]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('broken');
      },
    ],
    ['answers with nothing', () => undefined as never],
    ['answers with something else', () => ({ id: 1, ok: true }) as never],
    ['answers with what JSON cannot hold', () => ({ id: 1, value: 1n })],
  ])('a door that %s is a denial', async (_what, door) => {
    const main = `async ({ ${channel} }) => (await ${channel}('a')).denied.code`;
    expect(await resultOf(main, { door })).toBe('DOOR_INTERNAL');
  });

  test('a result that is nested deeper than JSON can tell is an error of its operation', async () => {
    let value: unknown[] = [];
    for (let level = 0; level < 100_000; level++) value = [value];
    const main = `async ({ ${channel} }) => (await ${channel}('a')).error.code`;
    expect(await resultOf(main, { door: ({ id }) => ({ id, value }) })).toBe('RESULT_TOO_LARGE');
  });

  test('a reply answers the request it belongs to, whatever id the door gave it', async () => {
    const door: Door = ({ args }) => ({ id: 999, value: args.v?.data });
    const main = `async ({ ${channel} }) => [(await ${channel}('a', { v: { data: 1 } })).value, (await ${channel}('a', { v: { data: 2 } })).value]`;
    expect(await resultOf(main, { door })).toEqual([1, 2]);
  });
});

describe('overlap', () => {
  test('posts run side by side and settle in the order they are answered', async () => {
    let underWay = 0;
    let most = 0;
    const door: Door = async ({ id, args }) => {
      most = Math.max(most, ++underWay);
      await new Promise((done) => setTimeout(done, args.ms?.data as number));
      underWay--;
      return { id, value: args.ms?.data };
    };
    const main = `async ({ post }) => {
      const order = [];
      await Promise.all([120, 40, 80].map((ms) => post('wait', { ms: { data: ms } }).then(({ value }) => order.push(value))));
      return order;
    }`;
    expect(await resultOf(main, { door })).toEqual([40, 80, 120]);
    expect(most).toBe(3);
  });

  test('a blocking call while posts are under way', async () => {
    const door: Door = async ({ id, op }) => {
      await new Promise((done) => setTimeout(done, op === 'slow' ? 60 : 10));
      return { id, value: op };
    };
    const main = `async ({ post, call }) => {
      const slow = post('slow');
      const quick = call('quick').value;
      return [quick, (await slow).value];
    }`;
    expect(await resultOf(main, { door })).toEqual(['quick', 'slow']);
  });

  test('ten thousand calls, each of which gets its own reply', async () => {
    const main = `({ call }) => {
      for (let i = 0; i < 10000; i++) if (call('echo', { value: { data: i } }).value !== i) return i;
      return 'all';
    }`;
    expect(await resultOf(main)).toBe('all');
  });

  test('a thousand posts', async () => {
    const main = `async ({ post }) => {
      const replies = await Promise.all(Array.from({ length: 1000 }, (_, i) => post('echo', { value: { data: i } })));
      return replies.every(({ value }, i) => value === i);
    }`;
    expect(await resultOf(main)).toBe(true);
  });

  test('the door is told when the run is over', async () => {
    let signal: AbortSignal | undefined;
    const door: Door = (_request, given) => {
      signal = given;
      return new Promise(() => {});
    };
    expect(await resultOf(`({ post }) => { post('never'); return 1; }`, { door })).toBe(1);
    expect(signal?.aborted).toBe(true);
  });
});

describe('the end of a program', () => {
  test('nothing runs after exit', async () => {
    const seen: string[] = [];
    const door: Door = ({ id, op }) => {
      seen.push(op);
      return { id, value: 1 };
    };
    const main = `({ host, call }) => {
      try { host('exit', '{"kind":"done","value":1}'); } catch { call('catch'); } finally { call('finally'); }
      call('after');
    }`;
    expect(await run(main, { door })).toEqual({ kind: 'done', value: 1 });
    expect(seen).toEqual([]);
  });

  test('an error of the program', async () => {
    const outcome = await run('\nfunction fail() {\n  null.x;\n}');
    expect(outcome).toMatchObject({
      kind: 'error',
      error: { name: 'TypeError', message: "cannot read property 'x' of null" },
    });
    expect(outcome.kind === 'error' && outcome.error.stack?.[0]).toMatchObject({
      fn: 'fail',
      file: 'test.js',
      line: 3,
    });
  });

  test('what the guest reports with an error', async () => {
    const error = { name: 'MlldBail', code: 'BAIL', message: 'stop', data: { site: 3 } };
    const outcome = await run(
      `({ host }) => host('exit', JSON.stringify({ kind: 'error', error: ${JSON.stringify(error)} }))`,
    );
    expect(outcome).toMatchObject({ kind: 'error', error });
  });

  test('an error whose text says that a limit was reached is no limit', async () => {
    const outcome = await run(
      `() => { throw Object.assign(new Error('stack overflow'), { name: 'MlldBail', code: 'BAIL' }); }`,
    );
    expect(outcome).toMatchObject({
      kind: 'error',
      error: { name: 'MlldBail', code: 'BAIL', message: 'stack overflow' },
    });
  });

  test('a program that does not parse', async () => {
    const outcome = await run('() => {{');
    expect(outcome).toMatchObject({ kind: 'error', error: { name: 'SyntaxError' } });
  });

  test.each([
    ['a request that is no JSON', `({ host }) => host('call', '{')`],
    ['a request without an id', `({ host }) => host('call', '{"op":"a","args":{}}')`],
    ['a request without arguments', `({ host }) => host('post', '{"id":1,"op":"a"}')`],
    ['an unknown channel', `({ host }) => host('open', '{}')`],
    ['a chunk that is not there', `({ chunk }) => chunk('toString')`],
    ['a cell where there are no bodies', `({ cell }) => cell(0)`],
  ])('%s ends the run', async (_what, main) => {
    const outcome = await run(main);
    expect(outcome).toMatchObject({ kind: 'error', error: { code: 'SANDBOX_INTERNAL' } });
  });
});

describe('chunks', () => {
  test('are evaluated in the program realm when they are asked for', async () => {
    const main = `({ chunk }) => { const before = typeof globalThis.extra; chunk('more'); return [before, globalThis.extra]; }`;
    expect(await resultOf(main, { chunks: { more: 'globalThis.extra = 1' } })).toEqual(['undefined', 1]);
  });

  test('can be loaded after code from text is forbidden', async () => {
    const main = `({ chunk }) => { chunk('more'); return globalThis.extra(2); }`;
    expect(await resultOf(main, { chunks: { more: 'globalThis.extra = (x) => x + 1' } })).toBe(3);
  });
});

describe('preparing', () => {
  test('a sandbox that is prepared runs one program', async () => {
    const sandbox = prepareSandbox({ guest, workerUrl, engine });
    await new Promise((done) => setTimeout(done, 50));
    const program = 'main(({ start }) => start)';
    const outcome = await runInSandbox({ sandbox, program, programName: 'p.js', start: 5, bodies: [], door: echo });
    expect(outcome).toEqual({ kind: 'done', value: 5 });
  });

  test('a sandbox that is not needed can be discarded', async () => {
    await prepareSandbox({ guest, workerUrl, engine }).discard();
  });

  test('a guest that does not parse is the outcome of the run', async () => {
    const sandbox = prepareSandbox({ guest: '{{', workerUrl, engine });
    const outcome = await runInSandbox({ sandbox, program: '', programName: 'p.js', start: 5, bodies: [], door: echo });
    expect(outcome).toMatchObject({ kind: 'error', error: { name: 'SyntaxError' } });
  });

  test('an engine that cannot be loaded is the outcome of the run', async () => {
    const missing = new URL('missing.wasm', import.meta.url);
    const outcome = await run('() => 1', { engine: missing } as never);
    expect(outcome).toMatchObject({ kind: 'error', error: { code: 'SANDBOX_INTERNAL' } });
  });

  test('the thread may come as a data: URL, as in standalone bundles', async () => {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(workerUrl, 'utf8');
    const url = new URL(`data:text/javascript,${encodeURIComponent(text)}`);
    expect(await resultOf('() => 1', { workerUrl: url } as never)).toBe(1);
  });
});
