import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { NodeValue } from '../../runtime/host/bindings/exec/node-child/protocol.js';
import { openDoor, type TestDoor } from './support.js';

const node = (door: TestDoor, code: string, values: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  door.value('exec.node', { code, params: Object.keys(values), values, scope: 'main', ...more });
const nodeError = (door: TestDoor, code: string, more: Record<string, unknown> = {}) =>
  door.error('exec.node', { code, params: [], values: {}, scope: 'main', ...more });
const py = (door: TestDoor, code: string, values: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  door.value('exec.py', { code, params: Object.keys(values), values, ...more });

describe('exec.node', () => {
  test('answers what the body returns, or the value of an expression', async () => {
    const door = openDoor();
    expect(await node(door, 'return a + b;', { a: 1, b: 2 })).toEqual({ value: 3, logs: [] });
    expect((await node(door, 'a.b', { a: { b: [1, { c: null }] } })).value).toEqual([1, { c: null }]);
    expect((await node(door, ' (\n  { name: "x" }\n)')).value).toEqual({ name: 'x' });
    expect((await node(door, '[1,2].map(x => x * 2); // twice')).value).toBeUndefined();
    expect((await node(door, 'await Promise.resolve(5)')).value).toBe(5);
    expect((await node(door, 'return new Date(0)')).value).toBe('1970-01-01T00:00:00.000Z');
    expect((await node(door, '(x) => x')).value).toBe('(x) => x');
    expect((await node(door, 'return 10n ** 20n')).value).toBe('100000000000000000000');
    expect((await node(door, 'return { a: undefined, b: NaN }')).value).toEqual({ b: null });
  });

  test('undefined is no value; what was logged comes beside it', async () => {
    const door = openDoor();
    const reply = await node(
      door,
      'console.log("a", 1, { b: [] }); process.stdout.write("raw\\n"); console.log(undefined)',
    );
    expect(reply).toEqual({ logs: ['a 1 {\n  "b": []\n}', 'raw', 'undefined'] });
    expect(await node(door, '')).toEqual({ logs: [] });
  });

  test('declares parameters without a value, and skips names JavaScript cannot spell', async () => {
    const door = openDoor();
    const reply = await door.value('exec.node', {
      code: 'return [typeof a, b]',
      params: ['a', 'b', 'no-name', 'class'],
      values: { b: 1 },
      scope: 'm',
    });
    expect(reply.value).toEqual(['undefined', 1]);
  });

  test('bodies of a scope share globals; other scopes have their own', async () => {
    const door = openDoor();
    await node(door, 'global.kept = 7');
    expect((await node(door, 'return global.kept')).value).toBe(7);
    expect((await node(door, 'return global.kept', {}, { scope: 'other' })).value).toBeUndefined();
  });

  test('has require of the project, falls back to what ships with mlldc, and imports modules', async () => {
    const door = openDoor({
      files: { 'node_modules/mine/index.js': 'module.exports = 42', 'lib/esm.mjs': 'export const x = 9' },
    });
    expect((await node(door, 'require("mine")')).value).toBe(42);
    expect((await node(door, 'require("gray-matter")("---\\na: 1\\n---\\n").data')).value).toEqual({ a: 1 });
    expect((await node(door, '(await import("./lib/esm.mjs")).x')).value).toBe(9);
    expect(door.printed.stderr).toBe('');
    expect(
      (await node(door, 'require("path").basename(__dirname) === require("path").basename(process.cwd())')).value,
    ).toBe(true);
    expect((await nodeError(door, 'require("no-such-package-anywhere")')).details?.error).toContain(
      "Cannot find module 'no-such-package-anywhere'",
    );
  });

  test('publishes functions by name', async () => {
    const door = openDoor();
    const functions = [
      { name: 'add', params: ['a', 'b'], code: 'return a + b;' },
      { name: 'twice', params: ['n'], code: 'const s = await add(n, n); return s;' },
    ];
    const reply = await node(
      door,
      'return [await twice(4), await add(1, 2), typeof __mlldShadowFunctions]',
      {},
      { functions },
    );
    expect(reply.value).toEqual([8, 3, 'object']);
  });

  test('keeps the logs of bodies that overlap apart', async () => {
    const door = openDoor();
    const body = 'for (let i = 0; i < 3; i++) { console.log(name + i); await new Promise(r => setTimeout(r, 20)); }';
    const replies = await Promise.all(['a', 'b', 'c'].map((name) => node(door, body, { name })));
    expect(replies.map((reply) => reply.logs)).toEqual([
      ['a0', 'a1', 'a2'],
      ['b0', 'b1', 'b2'],
      ['c0', 'c1', 'c2'],
    ]);
  });

  test('passes large values both ways', async () => {
    const door = openDoor();
    const text = 'é"\n\u2028'.repeat(500_000);
    expect((await node(door, 'return text + text.length', { text })).value).toBe(`${text}2000000`);
  });

  test('an exception is an error that quotes the start of the body', async () => {
    const door = openDoor();
    const error = await nodeError(door, '\n  const first = 1;\n  throw new TypeError("no good");');
    expect(error).toMatchObject({
      name: 'MlldCommandExecution',
      code: 'COMMAND_EXECUTION_FAILED',
      details: { error: 'TypeError: no good', exitCode: 1 },
    });
    expect(error.message).toBe(
      'Command execution failed: node: const first = 1;\n  throw new TypeError("no good");...',
    );
    expect((error.details as { stderr: string }).stderr).toContain('[node body]:3');
    expect((await nodeError(door, 'const = 1')).details?.error).toContain("SyntaxError: Unexpected token '='");
    expect((await nodeError(door, 'throw "text"')).details?.error).toBe('Error: text');
    expect((await nodeError(door, 'const a = {}; a.a = a; return a')).details?.error).toContain(
      'cannot leave the node process',
    );
  });

  test('an error nobody awaited fails the body it came from', async () => {
    const door = openDoor();
    const body =
      'setTimeout(() => { throw new Error("late") }, 10); await new Promise(r => setTimeout(r, 500)); return 1';
    expect((await nodeError(door, body)).details?.error).toBe('Error: late');
    expect((await node(door, 'return 2')).value).toBe(2);
  });

  test('survives a body that ends its process', async () => {
    const door = openDoor();
    expect(await nodeError(door, 'process.exit(3)')).toMatchObject({
      code: 'NODE_ENDED',
      message: expect.stringContaining('exit code 3'),
    });
    expect((await node(door, 'return 1')).value).toBe(1);
  });

  test.each([
    ['no JSON', 'garbage'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['no number', '{"id":"1","logs":[]}'],
    ['logs that are no list', '{"id":1,"logs":{"length":9}}'],
    ['an error that is none', '{"id":1,"logs":[],"error":5}'],
    ['an error without texts', '{"id":1,"logs":[],"error":{"name":1,"message":"","stack":""}}'],
    ['brackets without end', '['.repeat(100_000)],
  ])('ends with a child that answers with %s', async (_, line) => {
    const door = openDoor();
    const code = `require("fs").writeSync(3, ${JSON.stringify(`${line}\n`)}); await new Promise(() => {})`;
    expect(await nodeError(door, code)).toMatchObject({ code: 'NODE_ENDED' });
    expect((await node(door, 'return 1')).value).toBe(1);
  });

  test.each([
    ['a result', 'return "x".repeat(3000)'],
    [
      'an answer without end',
      'const fs = require("fs"); fs.writeSync(3, "x".repeat(3000)); await new Promise(() => {})',
    ],
    ['text', 'require("fs").writeSync(1, "x".repeat(3000)); await new Promise(() => {})'],
  ])('refuses %s of more than a child may print', async (_, code) => {
    const door = openDoor({ limits: { output: 2000 } });
    expect(await nodeError(door, code)).toMatchObject({ code: 'EXEC_OUTPUT_LIMIT' });
    expect((await node(door, 'return 1')).value).toBe(1);
  });

  test('refuses a result that nobody could look through', async () => {
    const door = openDoor();
    const nested = (n: number) => `let a = 1; for (let i = 0; i < ${n}; i++) a = [a]; return a`;
    expect(await nodeError(door, nested(1001))).toMatchObject({ code: 'EXEC_RESULT_LIMIT' });
    expect((await node(door, nested(1000))).value).toHaveLength(1);
  });

  test('ends a body at its time limit', async () => {
    const door = openDoor();
    expect(await nodeError(door, 'for (;;);', { timeout: 200 })).toMatchObject({ code: 'EXEC_TIMEOUT' });
    expect((await node(door, 'return 1')).value).toBe(1);
  });

  test('100 calls cost one start of node', async () => {
    const door = openDoor();
    const pids = new Set<number>();
    for (let i = 0; i < 100; i++) pids.add((await node(door, 'process.pid + 0 * i', { i })).value);
    expect(pids.size).toBe(1);
  });

  test('close ends the process', async () => {
    const door = openDoor();
    const pid = (await node(door, 'process.pid')).value;
    await door.close();
    expect(existsSync(`/proc/${pid}/cwd`)).toBe(false);
  });

  test('what a body lets its own children print goes to stderr', async () => {
    const door = openDoor();
    await node(door, 'require("child_process").execSync("echo from below", { stdio: "inherit" }); return 1');
    await delay(50);
    expect(door.printed).toEqual({ stdout: '', stderr: 'from below\n' });
  });
});

describe('exec.py', () => {
  test('gives parameters as native values and answers what is printed', async () => {
    const door = openDoor();
    const values = { i: 1, f: 1.5, s: 'é"\n', b: true, n: null, l: [1, 'a'], d: { k: [null] } };
    const { stdout } = await py(door, 'for v in (i, f, s, b, n, l, d):\n    print(type(v).__name__, repr(v))', values);
    expect(stdout.split('\n')).toEqual([
      'int 1',
      'float 1.5',
      "str 'é\"\\n'",
      'bool True',
      'NoneType None',
      "list [1, 'a']",
      "dict {'k': [None]}",
      '',
    ]);
  });

  test('accepts bodies on one line, indented, or starting behind the brace', async () => {
    const door = openDoor();
    expect((await py(door, ' print(a + 1) ', { a: 1 })).stdout).toBe('2\n');
    expect((await py(door, '\n    x = 1\n    if x:\n        print("in")\n  ')).stdout).toBe('in\n');
    expect((await py(door, 'x = 1\n    print(x)')).stdout).toBe('1\n');
    expect((await py(door, 's = """a\n  b"""\nprint(s)')).stdout).toBe('a\n  b\n');
  });

  test('missing parameters are None', async () => {
    const door = openDoor();
    const value = await door.value('exec.py', { code: 'print(a, b)', params: ['a', 'b', 'no-name'], values: { a: 0 } });
    expect(value.stdout).toBe('0 None\n');
  });

  test('publishes functions that return or print', async () => {
    const door = openDoor();
    const functions = [
      { name: 'add', params: ['a', 'b'], code: '\nreturn int(a) + int(b)\n' },
      { name: 'twice', params: ['n'], code: '  x = add(n, n)\n  print("twice")\n  return x' },
      { name: 'nothing', params: [], code: '' },
    ];
    const { stdout } = await py(door, 'print(twice(4), add("1", 2), nothing())', {}, { functions });
    expect(stdout).toBe('twice\n8 3 None\n');
  });

  test('failures are values with a traceback that starts at the body', async () => {
    const door = openDoor();
    const failed = await py(door, 'x = 1\nprint("before")\nx / 0');
    expect(failed).toMatchObject({ exitCode: 1, stdout: 'before\n' });
    expect(failed.stderr).toMatch(
      /^Traceback \(most recent call last\):\n {2}File "<py>", line 3, in <module>\n {4}x \/ 0/,
    );
    expect(failed.stderr).toContain('ZeroDivisionError: division by zero');
    expect((await py(door, 'print(nope)')).stderr).toContain('NameError');
    expect((await py(door, 'if x print')).stderr).toContain('SyntaxError');
    expect(await py(door, 'import sys\nsys.exit(4)')).toMatchObject({ exitCode: 4 });
  });

  test('reads stdin, imports from the working directory, takes large values', async () => {
    const door = openDoor({ files: { 'helper.py': 'def f(): return "helped"' } });
    const text = 'z'.repeat(1_000_000);
    const { stdout } = await py(
      door,
      'import sys, helper\nprint(sys.stdin.read(), helper.f(), len(text))',
      { text },
      { stdin: 'in' },
    );
    expect(stdout).toBe('in helped 1000000\n');
  });

  test('says when there is no Python', async () => {
    const door = openDoor({ environment: { ...process.env, PATH: '/nowhere' } });
    expect(await door.error('exec.py', { code: 'print(1)', params: [], values: {} })).toMatchObject({
      code: 'PYTHON_NOT_FOUND',
    });
  });
});

describe('node imports', () => {
  const files = {
    'node_modules/kit/package.json': '{"name":"kit","main":"index.cjs"}',
    'node_modules/kit/index.cjs': `
      class Counter { constructor(n) { this.n = n; } add(k) { this.n += k; return this; } get double() { return this.n * 2; } }
      module.exports = { Counter, greet: (name = 'nobody') => 'hi ' + name, later: async (x) => ({ x }), nested: { deep: { f: () => 'deep' } }, version: '1.2',
        self() { return this === module.exports || typeof this; }, fail() { throw new RangeError('bad range'); }, total: (c, d) => c.n + d };`,
    'node_modules/esm-only/package.json': '{"name":"esm-only","type":"module","exports":{"import":"./i.js"}}',
    'node_modules/esm-only/i.js': 'export const one = 1; export default function main() { return "main"; }',
  };
  const member = (value: NodeValue, name: string) => value.members!.find((entry) => entry.name === name) as NodeValue;

  test('lists exports of built-in, CommonJS and ES packages', async () => {
    const door = openDoor({ files });
    const path = await door.value('node.import', { package: 'path' });
    expect(member(path, 'basename')).toMatchObject({ kind: 'function' });
    expect(member(member(path, 'posix'), 'dirname')).toMatchObject({ kind: 'function' });
    const kit = await door.value('node.import', { package: 'kit' });
    expect(member(kit, 'Counter')).toMatchObject({ kind: 'class' });
    expect(member(kit, 'version')).toMatchObject({ kind: 'value', value: '1.2' });
    expect(member(member(kit, 'nested'), 'deep')).toMatchObject({ kind: 'object' });
    const esm = await door.value('node.import', { package: 'esm-only' });
    expect(member(esm, 'one')).toMatchObject({ value: 1 });
    expect(member(esm, 'default')).toMatchObject({ kind: 'function' });
  });

  test('calls functions and methods, awaits promises, builds objects and keeps them', async () => {
    const door = openDoor({ files });
    const { target } = await door.value('node.import', { package: 'kit' });
    const call = (path: string[], args: unknown[], to = target) => door.value('node.call', { target: to, path, args });
    expect(await call(['greet'], ['you'])).toEqual({ kind: 'value', value: 'hi you' });
    expect(await call(['greet'], [])).toMatchObject({ value: 'hi nobody' });
    expect(await call(['later'], [{ a: 1 }])).toEqual({ kind: 'value', value: { x: { a: 1 } } });
    expect(await call(['nested', 'deep', 'f'], [])).toMatchObject({ value: 'deep' });
    const counter = await door.value('node.new', { target, path: ['Counter'], args: [5] });
    expect(counter).toMatchObject({ kind: 'object', value: { n: 5 } });
    expect(counter.members.map((entry: { name: string }) => entry.name)).toEqual(['n', 'add', 'double']);
    await call(['add'], [2], counter.target);
    expect(await door.value('node.get', { target: counter.target, path: ['double'] })).toEqual({
      kind: 'value',
      value: 14,
    });
    expect(await call(['total'], [{ $node: counter.target }, 3])).toMatchObject({ value: 10 });
  });

  test('says what went wrong', async () => {
    const door = openDoor({ files });
    expect(await door.error('node.import', { package: 'not-there' })).toMatchObject({
      name: 'MlldImport',
      code: 'NODE_PACKAGE_NOT_FOUND',
    });
    const { target } = await door.value('node.import', { package: 'kit' });
    expect(await door.error('node.call', { target, path: ['fail'], args: [] })).toMatchObject({ message: 'bad range' });
    expect(await door.error('node.call', { target, path: ['version'], args: [] })).toMatchObject({
      message: 'version is not a function',
    });
    const http = await door.value('node.import', { package: 'http' });
    expect(await door.error('node.call', { target: http.target, path: ['createServer'], args: [] })).toMatchObject({
      code: 'NODE_EVENT_EMITTER',
      message: "Node function 'createServer' returns an EventEmitter and requires subscriptions",
    });
  });

  test('package code runs outside the host process', async () => {
    const door = openDoor();
    const process_ = await door.value('node.import', { package: 'process' });
    const pid = await door.value('node.get', { target: process_.target, path: ['pid'] });
    expect(pid.value).not.toBe(process.pid);
  });
});
