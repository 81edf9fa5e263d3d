/** js bodies: what they get, what they give back, what they print and how they fail (language.md 5.5, 5.8). */

import { describe, expect, test } from 'vitest';
import { type CellReply, replies, reply, resultOf } from './setup.js';

describe('results', () => {
  test.each<[what: string, code: string, value: unknown]>([
    ['a returned value', 'return a * 2', 42],
    ['a single expression', 'a + 1', 22],
    ['a single expression with a semicolon', 'a + 1;', 22],
    [
      'a single expression over lines, with a comment',
      '\n  [a, a]\n    .map((x) => { return x + 1 }) // plus one\n',
      [22, 22],
    ],
    ['an expression that is an object', '{ a: a }', { a: 21 }],
    ['an expression that is a string', '"use strict"', 'use strict'],
    ['null', 'null', null],
    ['text that looks like JSON stays text here', 'return "5"', '5'],
    ['a date', 'new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['a function is its source', '(x) => x + 1', '(x) => x + 1'],
    ['undefined members drop', '({ a: undefined, b: 1, c() {} })', { b: 1 }],
    ['NaN inside', '[NaN, Infinity]', [null, null]],
    ['a bigint', '12n', 12],
    ['a huge bigint inside', '({ a: [2n ** 64n] })', { a: ['18446744073709551616'] }],
    ['a promise', 'Promise.resolve(3)', 3],
    ['await', 'const b = await Promise.resolve(a); return b + 1', 22],
    ['await in an expression', '(await Promise.resolve(a)) + 1', 22],
    ['a thenable', '({ then(done) { done(5); done(6); } })', 5],
    ['a promise of a function', 'Promise.resolve(() => 1)', '() => 1'],
    ['toJSON', '({ toJSON: () => ({ x: 1 }) })', { x: 1 }],
    ['a key __proto__', 'JSON.parse(\'{"__proto__":{"x":1}}\')', JSON.parse('{"__proto__":{"x":1}}')],
  ])('%s', async (_what, code, value) => {
    expect(await reply(code, { a: 21 })).toEqual({ value });
  });

  test.each([
    ['no return', 'const b = 1;'],
    ['an empty body', ''],
    ['only a comment', '// nothing'],
    ['a symbol', 'Symbol()'],
    ['a promise of nothing', 'const b = await 0;'],
  ])('undefined: %s', async (_what, code) => {
    expect(await reply(code)).toEqual({ undefined: true });
  });

  test.each(['NaN', 'Infinity', '-Infinity'])('%s, which JSON has no form for', async (number) => {
    expect(await reply(`return ${number}`)).toEqual({ number });
  });

  test.each([
    ['NUL', 'a\0b'],
    ['lone surrogates', '\ud83d \udca9'],
    ['a BOM', '\ufeffx'],
    ['newlines and separators', 'a\nb\r\u2028'],
    ['all planes', 'é漢😀'],
  ])('text with %s goes in and out unchanged', async (_what, text) => {
    expect(await reply('return [a, a.length, JSON.stringify(a)]', { a: text })).toEqual({
      value: [text, text.length, JSON.stringify(text)],
    });
  });

  test('10 MB', async () => {
    const text = 'x漢'.repeat(5e6);
    const { value } = (await reply('a', { a: text })) as { value: string };
    expect(value === text).toBe(true);
  });
});

describe('arguments', () => {
  test('an absent argument is undefined', async () => {
    const bodies = [{ code: '[typeof a, typeof b, arguments.length]', params: ['a', 'b'] }];
    expect(await resultOf('({ cell }) => cell(0, 1, undefined).value', { bodies })).toEqual(['number', 'undefined', 2]);
  });

  test('a container can bring the text it stands for', async () => {
    const main = `({ host }) => ({ value: JSON.parse(host(0, JSON.stringify([[['A', 'B'], '["A","B"]']]), 0)) })`;
    const code = '[JSON.parse(a).length, a.join("+"), Object.keys(a)]';
    expect(await resultOf(main, { bodies: [{ code, params: ['a'] }] })).toMatchObject({
      value: [2, 'A+B', ['0', '1']],
    });
  });

  test('a parameter whose name JavaScript does not allow is an error of the body', async () => {
    const bodies = [{ code: '1', params: ['a){}, evil(){'] }];
    expect(await resultOf('({ cell }) => cell(0).error.name', { bodies })).toBe('SyntaxError');
  });
});

describe('console', () => {
  test('log is captured, arguments joined by blanks, objects pretty printed', async () => {
    expect(await reply('console.log("a", 1, null, undefined, true, 2n); console.log({ x: [1] })')).toEqual({
      undefined: true,
      logs: ['a 1 null undefined true 2', '{\n  "x": [\n    1\n  ]\n}'],
    });
  });

  test('values that JSON cannot show', async () => {
    const code =
      'const a = []; a[0] = a; console.log(a.length, Symbol("s"), new TypeError("bad"), x => x); console.log({ n: 1n })';
    expect(await reply(code)).toMatchObject({ logs: ['1 Symbol(s) TypeError: bad x => x', '[object Object]'] });
  });

  test('error goes to stderr', async () => {
    expect(await reply('console.error("e", 1); console.warn("w"); return 5')).toEqual({
      value: 5,
      stderr: ['e 1', 'w'],
    });
  });

  test('logs come with a value and with an error, too', async () => {
    expect(await reply('console.log("x"); return 1')).toEqual({ value: 1, logs: ['x'] });
    expect(await reply('console.log("x"); throw new Error("e")')).toMatchObject({
      logs: ['x'],
      error: { message: 'e' },
    });
  });

  test('overlapping calls keep their output apart', async () => {
    const code = 'console.log("begin", a); await new Promise((done) => setTimeout(done, a)); console.log("end", a)';
    const main =
      'async ({ cellPost }) => (await Promise.all([60, 20].map((ms) => cellPost(0, ms)))).map((reply) => reply.logs)';
    expect(await resultOf(main, { bodies: [{ code, params: ['a'] }] })).toEqual([
      ['begin 60', 'end 60'],
      ['begin 20', 'end 20'],
    ]);
  });
});

describe('waiting', () => {
  const sleep = { code: 'await new Promise((done) => setTimeout(done, ms)); return ms', params: ['ms'] };

  test('a body waits for its timers', async () => {
    expect(await reply(sleep.code, { ms: 30 })).toEqual({ value: 30 });
  });

  test('bodies posted together overlap', async () => {
    const main = `async ({ cellPost }) => {
      const order = [];
      await Promise.all([300, 100, 200].map((ms) => cellPost(0, ms).then(({ value }) => order.push(value))));
      return order;
    }`;
    expect(await resultOf(main, { bodies: [sleep] })).toEqual([100, 200, 300]);
  });

  test('bodies and the door overlap', async () => {
    const main = `async ({ cellPost, post }) => {
      const order = [];
      await Promise.all([
        cellPost(0, 100).then(() => order.push('cell')),
        post('slow').then(() => order.push('door')),
        cellPost(0, 10).then(() => order.push('quick cell')),
      ]);
      return order;
    }`;
    const door = async ({ id }: { id: number }) => {
      await new Promise((done) => setTimeout(done, 50));
      return { id, value: 1 };
    };
    expect(await resultOf(main, { bodies: [sleep], door })).toEqual(['quick cell', 'door', 'cell']);
  });

  test('a body that blocks lets posted ones finish', async () => {
    const main = `async ({ cell, cellPost }) => {
      const first = cellPost(0, 10);
      return [cell(0, 60).value, (await first).value];
    }`;
    expect(await resultOf(main, { bodies: [sleep] })).toEqual([60, 10]);
  });

  test('a body may be finished by another', async () => {
    const bodies = [{ code: 'return new Promise((done) => { globalThis.finish = done })' }, { code: 'finish("done")' }];
    const main = 'async ({ cell, cellPost }) => { const first = cellPost(0); cell(1); return (await first).value; }';
    expect(await resultOf(main, { bodies })).toBe('done');
  });

  test('a body that was given up may still settle, to no effect', async () => {
    const bodies = [
      { code: 'return new Promise((done) => { globalThis.finish = done })' },
      { code: 'finish("late"); return 1' },
      { code: 'await 0; return 2' },
    ];
    const main = 'async ({ cell, cellPost }) => [(await cellPost(0)).error.message, cell(1).value, cell(2).value]';
    expect(await resultOf(main, { bodies })).toEqual(['The js block waits for a promise that never settles', 1, 2]);
  });

  test('intervals, clearing, order and arguments of timers', async () => {
    const code = `
      const seen = [];
      const never = setTimeout(() => seen.push('never'), 5);
      clearTimeout(never);
      clearTimeout(undefined);
      setTimeout((...args) => seen.push(args), 20, 1, 2);
      setTimeout(() => { seen.push('first'); queueMicrotask(() => seen.push('microtask')); }, 10);
      setImmediate(() => seen.push('immediate'));
      let n = 0;
      await new Promise((done) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); done(); } }, 15); });
      return [seen, n];`;
    expect(await reply(code)).toEqual({ value: [['immediate', 'first', 'microtask', [1, 2]], 3] });
  });

  test('an error in a timer does not end anything, but is told', async () => {
    const code =
      'setTimeout(() => { throw new Error("late") }, 1); await new Promise((done) => setTimeout(done, 30)); return 1';
    expect(await reply(code)).toEqual({ value: 1, stderr: ['Uncaught in a timer: Error: late'] });
  });

  test('timers left behind do not keep the program', async () => {
    expect(await reply('setInterval(() => {}, 5); return 1')).toEqual({ value: 1 });
  });
});

describe('errors', () => {
  test.each<[what: string, code: string, error: object]>([
    [
      'an error with its place',
      '\n  throw new RangeError("too far")',
      { name: 'RangeError', message: 'too far', line: 2, body: 0 },
    ],
    [
      'an own class',
      'class Bad extends Error { name = "Bad" } throw new Bad("x")',
      { name: 'Bad', message: 'x', line: 1 },
    ],
    ['a string', 'throw "plain"', { name: 'Error', message: 'plain' }],
    ['null', 'throw null', { message: 'null' }],
    ['an object', 'throw { message: "m", name: "n" }', { name: 'n', message: 'm' }],
    [
      'a value that cannot be shown',
      'throw { get message() { throw 1 } }',
      { message: 'A value was thrown that cannot be shown' },
    ],
    ['a rejection', 'return Promise.reject(new Error("no"))', { name: 'Error', message: 'no' }],
    ['an error after waiting', 'await 0;\nawait 0;\nnull.x', { name: 'TypeError', line: 3 }],
    ['an unknown name', '1;\nmissing', { name: 'ReferenceError', message: 'missing is not defined', line: 2 }],
    ['a property of nothing', 'let a; a.b', { message: "Cannot read properties of undefined (reading 'b')", line: 1 }],
    ['no function', 'const o = {}; o.f.g = 1', { message: "Cannot set properties of undefined (setting 'g')" }],
    ['a call of what is no function', '\n\nconst o = {}; return o.f(1)', { message: 'o.f is not a function', line: 3 }],
    ['a cycle', 'const a = {}; a.a = a; return a', { message: 'Converting circular structure to JSON' }],
    ['a parse error of data', 'JSON.parse("{")', { name: 'SyntaxError' }],
    [
      'syntax',
      'const x = syntax error here',
      { name: 'SyntaxError', message: "Unexpected identifier 'error'", line: 1, column: 18 },
    ],
    ['syntax on a later line', 'let a = 1;\nlet b = ;', { message: "Unexpected token ';'", line: 2, column: 9 }],
    ['an end too early', 'if (a) {', { name: 'SyntaxError', message: 'Unexpected end of input', line: 1 }],
  ])('%s', async (_what, code, error) => {
    expect(await reply(code)).toMatchObject({ error });
  });

  test('a body that does not compile leaves the cell usable', async () => {
    const [bad, good] = await replies(['let let', '1 + 1']);
    expect(bad).toMatchObject({ error: { name: 'SyntaxError' } });
    expect(good).toEqual({ value: 2 });
  });
});

describe('cells', () => {
  test('bodies of one cell share its globals, other cells have their own', async () => {
    const bodies = [{ code: 'globalThis.n = (globalThis.n ?? 0) + 1' }];
    const main = '({ cellIn }) => [0, 1, 0].map((cell) => cellIn(cell, 0).value)';
    expect(await resultOf(main, { bodies })).toEqual([1, 1, 2]);
  });

  test('locals do not stay', async () => {
    expect(await replies(['var local = 1; return 1', 'typeof local'])).toEqual([{ value: 1 }, { value: 'undefined' }]);
  });
});

describe('shadow environments', () => {
  const bodies = [
    { code: 'return double(n) + 1', params: ['n'], scope: [{ name: 'double', body: 1 }] },
    { code: 'n * 2', params: ['n'] },
    { code: 'return (await later(n)) + 1', params: ['n'], scope: [{ name: 'later', body: 3 }] },
    { code: 'await 0; return n * 3', params: ['n'] },
    { code: 'n <= 0 ? "even" : odd(n - 1)', params: ['n'], scope: [{ name: 'odd', body: 5 }] },
    { code: 'n <= 0 ? "odd" : even(n - 1)', params: ['n'], scope: [{ name: 'even', body: 4 }] },
    { code: 'fail()', scope: [{ name: 'fail', body: 7 }] },
    { code: '\n\nthrow new Error("inner")' },
    { code: 'say("x"); return 1', scope: [{ name: 'say', body: 9 }] },
    { code: 'console.log("said", a)', params: ['a'] },
    { code: 'broken()', scope: [{ name: 'broken', body: 11 }] },
    { code: 'let let' },
    { code: 'typeof double', params: ['double'], scope: [{ name: 'double', body: 1 }] },
  ];
  const call = (body: number, arg?: unknown) =>
    resultOf(`({ cell, start }) => cell(${body}, start ?? undefined)`, { bodies, start: arg }) as Promise<CellReply>;

  test.each<[what: string, body: number, arg: unknown, expected: object]>([
    ['a synchronous function is called synchronously', 0, 5, { value: 11 }],
    ['an asynchronous function is awaited', 2, 5, { value: 16 }],
    ['functions may call each other', 4, 7, { value: 'odd' }],
    [
      'an error has the place in the function that failed',
      6,
      undefined,
      { error: { message: 'inner', line: 3, body: 7 } },
    ],
    ['what a function logs belongs to the call', 8, undefined, { value: 1, logs: ['said x'] }],
    ['a function that does not compile', 10, undefined, { error: { name: 'SyntaxError', body: 11 } }],
    ['a parameter hides a function', 12, 1, { value: 'number' }],
  ])('%s', async (_what, body, arg, expected) => {
    expect(await call(body, arg)).toMatchObject(expected);
  });
});
