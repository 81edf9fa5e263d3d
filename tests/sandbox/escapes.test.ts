/** Ways out that must not be there. Each test states what an attacker would gain. */

import { describe, expect, test } from 'vitest';
import { type CellReply, replies, reply, resultOf, run } from './setup.js';

const NAMES = [
  ...['process', 'require', 'module', 'exports', 'Buffer', '__dirname', 'fetch', 'WebAssembly', 'Worker'],
  ...[
    'Deno',
    'Bun',
    'std',
    'os',
    'bjson',
    'scriptArgs',
    'print',
    'load',
    'gc',
    'navigator',
    'window',
    'self',
    'crypto',
    'XMLHttpRequest',
  ],
];

const PROBES: [what: string, code: string][] = [
  ['a constructor chain from a literal', '({}).constructor.constructor("return typeof process + typeof require")()'],
  ['a constructor chain from a function', '(function () {}).constructor("return typeof process + typeof require")()'],
  ['an async function constructor', '(await (async () => {}).constructor("return typeof process + typeof require")())'],
  ['a generator constructor', '(function* () {}).constructor("yield typeof process + typeof require")().next().value'],
  [
    'the error of a native',
    '(() => { try { null.x } catch (e) { return e.constructor.constructor("return typeof process + typeof require")() } })()',
  ],
  ['Reflect.construct', 'Reflect.construct(Function, ["return typeof process + typeof require"])()'],
  [
    'a stack overflow error',
    '(() => { const f = () => f(); try { f() } catch (e) { return e.constructor.constructor("return typeof process + typeof require")() } })()',
  ],
  ['this of a sloppy function', '(function () { return typeof this.process + typeof this.require })()'],
];

describe('a cell', () => {
  test('has no global that reaches the host', async () => {
    const probe = `return [${NAMES.map((name) => `typeof ${name}`).join()}]`;
    const { value } = (await reply(probe)) as { value: string[] };
    expect(NAMES.filter((_, index) => value[index] !== 'undefined')).toEqual([]);
  });

  test.each(PROBES)('finds no host behind %s', async (_what, code) => {
    const { value } = (await reply(`return ${code}`)) as { value: string };
    expect(value).toBe('undefinedundefined');
  });

  test('has no door: none of its globals is made by the host, and all that the guest has is missing', async () => {
    const { value } = (await reply('Object.getOwnPropertyNames(globalThis)')) as { value: string[] };
    expect(value.filter((name) => name.startsWith('__') || /host|guest|door|label|box/i.test(name))).toEqual([]);
    expect(await reply('[typeof __host, typeof __guest, typeof main]')).toEqual({
      value: ['undefined', 'undefined', 'undefined'],
    });
  });

  test.each(['fs', 'node:fs', 'std', 'os', 'qjs:std', './x.js', '/etc/passwd', 'data:text/javascript,1'])(
    'cannot import %s',
    async (name) => {
      expect(await reply(`return (await import(${JSON.stringify(name)})) ? 1 : 0`)).toHaveProperty('error');
    },
  );

  test('cannot see the callers of a body', async () => {
    const code = `
      function probe() { return [probe.caller, arguments.callee.caller]; }
      try { return probe(); } catch (e) { return e.name; }`;
    expect(await reply(code)).toEqual({ value: [null, null] });
  });

  test('learns no path of the host from a stack', async () => {
    const { value } = (await reply('return new Error("x").stack')) as { value: string };
    expect(value).not.toMatch(/[/\\]|worker|node:/);
  });

  test('shares no memory with the program realm, whatever it pollutes', async () => {
    const poison = `
      Object.prototype.polluted = 1;
      Object.prototype.toJSON = () => 'poison';
      Array.prototype.toJSON = () => 'poison';
      Array.prototype.map = () => 'poison';
      Object.defineProperty(Object.prototype, 'id', { get: () => 666, set() {} });
      return 1;`;
    const main = `({ cell, call }) => {
      cell(0);
      return [({}).polluted === undefined, [1].map((x) => x + 1), JSON.stringify({ a: [1] }), call('echo', { value: { data: 5 } })];
    }`;
    expect(await resultOf(main, { bodies: [{ code: poison }] })).toEqual([true, [2], '{"a":[1]}', { id: 1, value: 5 }]);
  });

  test('shares nothing with another cell', async () => {
    const bodies = [
      { code: 'Object.prototype.polluted = 1; globalThis.x = 1; return 1' },
      { code: '[({}).polluted, typeof x]' },
    ];
    const main = '({ cell, cellIn }) => { cell(0); return cellIn(1, 1).value; }';
    expect(await resultOf(main, { bodies })).toEqual([null, 'undefined']);
  });

  test('keeps what a failed call left as little as what a good one left', async () => {
    const bodies = [
      { code: 'Object.prototype.then = function (done) { done("hijacked") }; return 1' },
      { code: '({ a: 1 })' },
    ];
    const main = '({ cell, cellIn }) => [cell(0), cellIn(1, 1)]';
    expect(((await resultOf(main, { bodies })) as CellReply[])[1]).toMatchObject({ value: { a: 1 } });
  });
});

describe('a body that redefines what the harness uses', () => {
  const SABOTAGE: [what: string, code: string][] = [
    ['JSON', 'JSON.stringify = () => \'1,"id":7\'; JSON.parse = () => ({ body: 0, args: [] }); globalThis.JSON = {}'],
    ['Promise', 'Promise.prototype.then = () => {}; globalThis.Promise = class { constructor() { for (;;); } }'],
    [
      'promise species',
      'Object.defineProperty(Promise, Symbol.species, { value: class { constructor(f) { f(() => {}, () => {}) } } })',
    ],
    [
      'arrays',
      'for (const k of Object.getOwnPropertyNames(Array.prototype)) try { Array.prototype[k] = () => { throw 1 } } catch {}',
    ],
    ['array iteration', 'Array.prototype[Symbol.iterator] = function* () { yield "evil" }'],
    [
      'setters on indices',
      'for (let i = 0; i < 9; i++) Object.defineProperty(Array.prototype, i, { set() { throw 1 }, get: () => "evil" })',
    ],
    [
      'Object',
      'for (const k of Object.getOwnPropertyNames(Object)) try { Object[k] = () => { throw 1 } } catch {}; globalThis.Object = null',
    ],
    [
      'Reflect',
      'for (const k of Reflect.ownKeys(Reflect)) try { Reflect[k] = () => { throw 1 } } catch {}; globalThis.Reflect = null',
    ],
    [
      'functions',
      'Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => "evil"; Function.prototype.toString = () => "evil"',
    ],
    [
      'String',
      'String.prototype.toString = () => "evil"; String.prototype.replace = () => "evil"; globalThis.String = () => "evil"',
    ],
    [
      'Number and Date',
      'globalThis.Number = () => 7; Date.now = () => 0; globalThis.Date = null; Number.isSafeInteger = () => false',
    ],
    ['console', 'globalThis.console = { log() { throw 1 } }'],
    ['timers', 'globalThis.setTimeout = () => {}; globalThis.queueMicrotask = () => { throw 1 }'],
    [
      'descriptors',
      'Object.prototype.get = () => "evil"; Object.prototype.set = () => {}; Object.prototype.value = "evil"',
    ],
    [
      'numbered keys',
      'for (let i = 0; i < 99; i++) Object.defineProperty(Object.prototype, i, { get: () => "evil", set() {}, configurable: true })',
    ],
    ['toJSON', 'String.prototype.toJSON = Number.prototype.toJSON = () => "evil"'],
    ['eval', 'globalThis.eval = () => "evil"; globalThis.Function = () => () => "evil"'],
  ];

  test.each(SABOTAGE)('%s: later calls still get their own replies', async (_what, sabotage) => {
    const bodies = [
      { code: `${sabotage}; return "done"` },
      { code: 'console.log("said"); return a + 1', params: ['a'] },
      { code: 'const b = await a; return b + 1', params: ['a'] },
      { code: 'throw "plain"' },
      { code: 'return twice(2) + a', params: ['a'], scope: [{ name: 'twice', body: 5 }] },
      { code: 'return n * 2', params: ['n'] },
    ];
    const main = `async ({ cell, cellPost, host }) => {
      const first = cell(0);
      const posted = cellPost(2, 5);
      return [first, cell(1, 1), await posted, cell(3), JSON.parse(host(4, '[[["x"],"text"]]', 0))];
    }`;
    expect(await resultOf(main, { bodies })).toEqual([
      { value: 'done' },
      { value: 2, logs: ['said'] },
      { value: 6 },
      { error: { name: 'Error', message: 'plain' } },
      '4text',
    ]);
  });

  test('timers still fire when the clock is redefined', async () => {
    const bodies = [
      {
        code: 'globalThis.later = setTimeout; Date.now = () => 0; globalThis.Date = null; globalThis.Number = () => 7',
      },
      { code: 'return new Promise((done) => later(done, 20, "fired"))' },
    ];
    expect(await resultOf('({ cell }) => { cell(0); return cell(1).value; }', { bodies })).toBe('fired');
  });
});

describe('a result that tries to be more than data', () => {
  test.each<[what: string, code: string, value: unknown]>([
    ['text that closes the reply', `return '"},"id":9,"mark":{"labels":[]}'`, '"},"id":9,"mark":{"labels":[]}'],
    ["text with the reply's own separators", `return '1\\n["x"]\\n["y"]\\nu'`, '1\n["x"]\n["y"]\nu'],
    [
      'keys of a reply',
      '({ id: 9, mark: { labels: ["trusted"] }, denied: 1, error: 2 })',
      { id: 9, mark: { labels: ['trusted'] }, denied: 1, error: 2 },
    ],
    ['toJSON with text', `({ toJSON: () => '1,"id":9' })`, '1,"id":9'],
    ['a getter', '({ get a() { return 1 } })', { a: 1 }],
    [
      'a proxy',
      'new Proxy({ a: 1 }, { get: (t, k) => k === "toJSON" || k === "then" ? undefined : 2, ownKeys: () => ["a"] })',
      { a: 2 },
    ],
    [
      'a proxy of an array with a length of its own',
      'new Proxy([], { get: (t, k) => (k === "length" ? 2 : k === "then" || k === "toJSON" ? undefined : k) })',
      ['0', '1'],
    ],
    ['an object with a hostile toString', '({ a: { toString() { throw 1 } } })', { a: {} }],
    ['a boxed string that lies', 'Object.assign(new String("a"), { toString: () => \'1,"id":9\' })', '1,"id":9'],
    ['a key with a separator', '({ "a\\n[]": 1 })', { 'a\n[]': 1 }],
  ])('%s', async (_what, code, value) => {
    expect(await reply(code)).toEqual({ value });
  });

  test.each([
    ['a getter that throws', '({ get a() { throw new Error("no") } })'],
    ['a revoked proxy', '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()'],
    ['then that throws', '({ get then() { throw new Error("no") } })'],
    [
      'an array of impossible length',
      'new Proxy([], { get: (t, k) => (k === "length" ? 2 ** 53 : k === "then" || k === "toJSON" ? undefined : (() => { throw new Error("no") })()) })',
    ],
  ])('%s is an error', async (_what, code) => {
    expect(await reply(code)).toHaveProperty('error');
  });

  test('a log that closes the reply', async () => {
    expect(await reply(`console.log('"],"id":9'); console.error('\\n"]')`)).toEqual({
      undefined: true,
      logs: ['"],"id":9'],
      stderr: ['\n"]'],
    });
  });

  test('an error that closes the reply', async () => {
    const code = `const e = new Error('"],"id":9'); e.name = '\\n'; e.stack = '    at x (js-0:1:1)","value":1'; throw e`;
    expect(await reply(code)).toEqual({ error: { name: '\n', message: '"],"id":9' } });
  });

  test('an error that names a place that is not there', async () => {
    const { error } = (await reply(`throw Object.assign(new Error('x'), { stack: '    at f (js-99:1:1)' })`)) as {
      error: object;
    };
    expect(error).toEqual({ name: 'Error', message: 'x' });
  });

  test('a body that ends the function it is put into gains nothing', async () => {
    const { value } = (await reply(
      'return 1 }}), (function (c) { return function () { return typeof process + typeof __host',
    )) as { value: string };
    expect(value).toBe('undefinedundefined');
  });

  test('a call number cannot be guessed: replies go to the call that was made', async () => {
    const hijack =
      'Object.prototype.run = "1"; Object.prototype.id = 1; return new Promise((done) => setTimeout(() => done("mine"), 20))';
    const main =
      'async ({ post, cellPost }) => { const door = post("slow"); const cell = cellPost(0); return [await cell, await door]; }';
    const door = async ({ id }: { id: number }) => {
      await new Promise((done) => setTimeout(done, 80));
      return { id, value: 'door' };
    };
    expect(await resultOf(main, { bodies: [{ code: hijack }], door })).toEqual([
      { value: 'mine' },
      { id: 1, value: 'door' },
    ]);
  });
});

describe('the program realm', () => {
  test.each([
    ['eval', 'eval("1")'],
    ['indirect eval', 'globalThis.eval("1")'],
    ['Function', 'new Function("return 1")()'],
    ['a function constructor', '(() => {}).constructor("return 1")()'],
    ['an async function constructor', '(async () => {}).constructor("return 1")()'],
    ['a generator constructor', '(function* () {}).constructor("return 1")()'],
    ['an async generator constructor', '(async function* () {}).constructor("return 1")()'],
    ['Reflect.construct', 'Reflect.construct(Function, ["return 1"])()'],
  ])('makes no code from text: %s', async (_what, code) => {
    const outcome = await run(`() => { ${code}; return 'made'; }`);
    expect(outcome.kind).toBe('error');
  });

  test('functions stay functions', async () => {
    expect(await resultOf('() => [(() => 1) instanceof Function, (() => 1).call(null)]')).toEqual([true, 1]);
  });

  test('imports nothing', async () => {
    const outcome = await run('async () => { await import("node:fs"); return "imported"; }');
    expect(outcome.kind).toBe('error');
  });

  test('has no name for the host function, and cannot replace the entry the host uses', async () => {
    const main = `() => {
      const before = __guest.settle;
      try { __guest.settle = () => {}; } catch {}
      return [typeof __host, before === __guest.settle];
    }`;
    expect(await resultOf(main)).toEqual(['undefined', true]);
  });

  test('has no global that reaches the host', async () => {
    const probe = `() => [${NAMES.map((name) => `typeof ${name}`).join()}]`;
    const value = (await resultOf(probe)) as string[];
    expect(NAMES.filter((_, index) => value[index] !== 'undefined')).toEqual([]);
  });
});

test('the thread gets nothing of the environment', async () => {
  process.env.SANDBOX_TEST_SECRET = 'secret';
  const probe = 'return JSON.stringify(Object.getOwnPropertyNames(globalThis)).includes("secret")';
  expect(await replies([probe])).toEqual([{ value: false }]);
});
