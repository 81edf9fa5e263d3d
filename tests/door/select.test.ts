import { describe, expect, test } from 'vitest';
import type { Selection } from '../../runtime/host/bindings/files/select/index.js';
import { openDoor, type TestDoor } from './support.js';

const TS = `import { logger } from './log';

/** Makes a user. */
export async function createUser(name: string) {
  logger.info(name);
  return validateEmail(name);
}
function validateEmail(email: string) { return email.includes('@'); }
export const handle = (x: number) => x, other = 1;
export const LIMIT = 10;
export const handleAll = async () => { const local = LIMIT; return local; };
export default class UserService extends Base {
  constructor(private db: Db) { super(); }
  async findUser(id: string) { return this.db.get(id); }
  static make() { return new UserService(null); }
}
abstract class AdminService { abstract go(): void; }
export interface User { name: string }
type Status = 'on' | 'off';
export enum Color { Red }
namespace Inner { export function hidden() {} }
`;

type Entry = { name: string; type: string; line: number; endLine: number; code: string } | null;

async function pick(door: TestDoor, path: string, ...items: (string | Record<string, unknown>)[]): Promise<Entry[]> {
  const [selection] = await door.value('file.select', { path, items: items.map(toItem) });
  return selection.entries;
}
async function names(door: TestDoor, path: string, ...items: string[]): Promise<string[]> {
  const [selection] = await door.value('file.select', { path, items: items.map(toItem) });
  return selection.names;
}
function toItem(item: string | Record<string, unknown>): Record<string, unknown> {
  if (typeof item !== 'string') return item;
  if (item === '*') return { kind: 'all', pattern: '*' };
  if (item.endsWith('??')) return { kind: 'list', pattern: item };
  if (/^\*(fn|var|class|interface|type|enum|struct|trait|module)$/.test(item)) return { kind: 'type', pattern: item };
  return { kind: 'name', pattern: item };
}
const found = (entries: Entry[]) => entries.map((entry) => entry?.name ?? null);

describe('code selectors on TypeScript', () => {
  const door = () => openDoor({ files: { 's.ts': TS } });

  test('a name gives the whole definition with its export', async () => {
    const [user] = await pick(door(), 's.ts', 'createUser');
    expect(user).toEqual({
      name: 'createUser',
      type: 'function',
      line: 4,
      endLine: 7,
      code: 'export async function createUser(name: string) {\n  logger.info(name);\n  return validateEmail(name);\n}',
    });
    expect((await pick(door(), 's.ts', 'LIMIT'))[0]).toMatchObject({
      type: 'variable',
      code: 'export const LIMIT = 10;',
    });
    expect((await pick(door(), 's.ts', 'handle'))[0]).toMatchObject({
      type: 'function',
      code: 'handle = (x: number) => x',
    });
    expect((await pick(door(), 's.ts', 'findUser'))[0]).toMatchObject({ type: 'method', line: 14 });
  });

  test('entries follow the request, a missing name is null unless optional', async () => {
    expect(found(await pick(door(), 's.ts', 'LIMIT', 'nope', 'createUser'))).toEqual(['LIMIT', null, 'createUser']);
    expect(found(await pick(door(), 's.ts', { kind: 'name', pattern: 'nope', optional: true }, 'LIMIT'))).toEqual([
      'LIMIT',
    ]);
  });

  test('wildcards match names', async () => {
    expect(found(await pick(door(), 's.ts', 'handle*'))).toEqual(['handle', 'handleAll']);
    expect(found(await pick(door(), 's.ts', '*Service'))).toEqual(['UserService', 'AdminService']);
    expect(found(await pick(door(), 's.ts', '*User*'))).toEqual(['createUser', 'UserService', 'findUser', 'User']);
    expect(found(await pick(door(), 's.ts', 'Use?'))).toEqual(['User']);
  });

  test('type filters, and * for what is not nested', async () => {
    expect(found(await pick(door(), 's.ts', '*fn'))).toEqual([
      'createUser',
      'validateEmail',
      'handle',
      'handleAll',
      'constructor',
      'findUser',
      'make',
      'go',
      'hidden',
    ]);
    expect(found(await pick(door(), 's.ts', '*var'))).toEqual(['other', 'LIMIT']);
    expect(found(await pick(door(), 's.ts', '*interface', '*type', '*enum', '*module'))).toEqual([
      'User',
      'Status',
      'Color',
      'Inner',
    ]);
    expect(found(await pick(door(), 's.ts', '*'))).toEqual([
      'createUser',
      'validateEmail',
      'handle',
      'other',
      'LIMIT',
      'handleAll',
      'UserService',
      'AdminService',
      'User',
      'Status',
      'Color',
      'Inner',
      'hidden',
    ]);
  });

  test('usages give the innermost definition around them', async () => {
    const usage = (pattern: string, kind = 'name') => ({ kind, pattern, usage: true });
    expect(found(await pick(door(), 's.ts', usage('validateEmail')))).toEqual(['createUser']);
    expect(found(await pick(door(), 's.ts', usage('logger.info')))).toEqual(['createUser']);
    expect(found(await pick(door(), 's.ts', usage('*Service')))).toEqual(['make']);
    expect(found(await pick(door(), 's.ts', usage('*fn', 'type')))).toEqual(['createUser']);
    expect(found(await pick(door(), 's.ts', usage('nothing')))).toEqual([null]);
  });

  test('lists give names: all in source order, one kind by alphabet', async () => {
    expect((await names(door(), 's.ts', '??')).slice(0, 3)).toEqual(['createUser', 'validateEmail', 'handle']);
    expect(await names(door(), 's.ts', 'class??')).toEqual(['AdminService', 'UserService']);
  });

  test('refuses mixtures, unknown types and unknown languages', async () => {
    const d = openDoor({ files: { 's.ts': TS, 'x.txt': '' } });
    const error = (path: string, ...items: string[]) => d.error('file.select', { path, items: items.map(toItem) });
    expect((await error('s.ts', 'createUser', 'fn??')).message).toBe(
      'Cannot mix content selectors with name-list selectors',
    );
    expect(await error('s.ts', 'thing??')).toMatchObject({ code: 'SELECTOR_TYPE_UNKNOWN' });
    expect(await error('x.txt', '*')).toMatchObject({ code: 'SELECTOR_LANGUAGE_UNKNOWN' });
    expect(await error('none.ts', '*')).toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  test('patterns of files give one selection a file that has any', async () => {
    const d = openDoor({
      files: { 'a.ts': 'function f() {}', 'b.js': 'function g() {}', 'c.ts': 'const f = () => 1;', 'd.txt': 'f' },
    });
    const selections = await d.value('file.select', { path: '*', items: [{ kind: 'name', pattern: 'f' }] });
    expect(selections.map((s: Selection) => [s.file.relative, s.entries?.[0]?.code])).toEqual([
      ['./a.ts', 'function f() {}'],
      ['./c.ts', 'const f = () => 1;'],
    ]);
    const lists = await d.value('file.select', { path: '*', items: [{ kind: 'list', pattern: 'fn??' }] });
    expect(lists.map((s: Selection) => s.names)).toEqual([['f'], ['g'], ['f']]);
  });
});

test.each([
  [
    'a.jsx',
    'export const View = () => <div>{title()}</div>;\nfunction title() { return 1; }',
    [
      ['View', 'function'],
      ['title', 'function'],
    ],
  ],
  ['a.tsx', 'export function View(p: P) { return <b>{p.x}</b>; }', [['View', 'function']]],
  [
    'a.py',
    '@dec\ndef top():\n    x = 1\nclass C:\n    k = 1\n    def m(self): pass\nLIMIT = 3\nasync def later(): pass',
    [
      ['top', 'function'],
      ['C', 'class'],
      ['m', 'method'],
      ['LIMIT', 'variable'],
      ['later', 'function'],
    ],
  ],
  [
    'a.go',
    'package a\ntype T struct { x int }\ntype I interface { F() }\ntype N int\nconst K = 1\nvar v = 2\nfunc F() {}\nfunc (t T) M() {}',
    [
      ['T', 'struct'],
      ['I', 'interface'],
      ['N', 'type-alias'],
      ['K', 'variable'],
      ['v', 'variable'],
      ['F', 'function'],
      ['M', 'method'],
    ],
  ],
  [
    'a.rs',
    'struct S { a: i32 }\nenum E { A }\ntrait T { fn t(&self); }\nimpl S { fn m(&self) {} }\nfn f() { let x = 1; }\nconst K: i32 = 1;\ntype A = i32;\nmod inner { fn g() {} }',
    [
      ['S', 'struct'],
      ['E', 'enum'],
      ['T', 'trait'],
      ['t', 'method'],
      ['m', 'method'],
      ['f', 'function'],
      ['K', 'variable'],
      ['A', 'type-alias'],
      ['inner', 'module'],
      ['g', 'function'],
    ],
  ],
  [
    'a.java',
    'class A { int n = 1; A() {} void m() { int local = 2; } }\ninterface I {}\nenum E { X }\nrecord R(int a) {}',
    [
      ['A', 'class'],
      ['n', 'variable'],
      ['A', 'constructor'],
      ['m', 'method'],
      ['I', 'interface'],
      ['E', 'enum'],
      ['R', 'class'],
    ],
  ],
  [
    'a.rb',
    'module M\n  class C\n    def m; end\n    def self.s; end\n  end\nend\ndef top\n  x = 1\nend\nK = 1',
    [
      ['M', 'module'],
      ['C', 'class'],
      ['m', 'method'],
      ['s', 'method'],
      ['top', 'function'],
      ['K', 'variable'],
    ],
  ],
])('knows the definitions of %s', async (file, code, expected) => {
  const door = openDoor({ files: { [file]: code } });
  const entries = await pick(
    door,
    file,
    '*fn',
    '*var',
    '*class',
    '*interface',
    '*type',
    '*enum',
    '*struct',
    '*trait',
    '*module',
  );
  const actual = entries
    .filter((entry) => entry !== null)
    .sort((a, b) => code.indexOf(a.code) - code.indexOf(b.code) || b.code.length - a.code.length);
  expect(actual.map((entry) => [entry.name, entry.type])).toEqual(expected);
});

test('keeps positions right after characters outside ASCII, and decorators with their definition', async () => {
  const door = openDoor({ files: { 'u.py': '# é 漢 😀\n@cache\ndef f():\n    return "é"\n' } });
  expect((await pick(door, 'u.py', 'f'))[0]).toMatchObject({
    line: 2,
    endLine: 4,
    code: '@cache\ndef f():\n    return "é"',
  });
});
