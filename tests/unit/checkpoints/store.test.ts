import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { argsPreview, callKey } from '../../../runtime/host/checkpoints/key.js';
import { CheckpointStore, scriptDirectory, scriptName } from '../../../runtime/host/checkpoints/store.js';
import { invalidated, parseResumeTarget } from '../../../runtime/host/checkpoints/target.js';
import type { CacheRecord } from '../../../runtime/host/checkpoints/types.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlldc-checkpoints-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const KEPT = { value: 'v', extra: null, mark: {} };

function record(fn: string, args: unknown[], order: number, index = order): Omit<CacheRecord, 'resultSize'> {
  return {
    ...callKey(fn, args),
    fn,
    argsPreview: argsPreview(args),
    ts: '2026-01-01T00:00:00.000Z',
    durationMs: 1,
    invocationSite: '',
    invocationIndex: index,
    invocationOrdinal: 1,
    executionOrder: order,
    guards: [],
  };
}

describe('keys (security.md 12)', () => {
  test('depend on the name and the arguments, not on the order of members', () => {
    expect(callKey('f', [{ a: 1, b: [2] }])).toEqual(callKey('f', [{ b: [2], a: 1 }]));
    const keys = [callKey('f', ['1']), callKey('g', ['1']), callKey('f', [1]), callKey('f', ['1', null])];
    expect(new Set(keys.map(({ key }) => key)).size).toBe(4);
    expect(keys[0]!.key).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('a preview is cut at 160 characters', () => {
    expect(argsPreview(['x'.repeat(500)])).toHaveLength(160);
    expect(argsPreview(['a', { b: 1 }])).toBe('a | {"b":1}');
  });
});

describe('CheckpointStore', () => {
  const directory = () => join(root, 'j');
  const open = () => new CheckpointStore(directory(), 'j.mld');

  test('what was put is there in the next run, the newest of a key', () => {
    const first = open();
    first.put(record('f', ['a'], 0), KEPT);
    first.put(record('f', ['a'], 0), { ...KEPT, value: 'newer' });
    first.close();
    const second = open();
    expect([...second.records.values()]).toHaveLength(1);
    expect(second.result([...second.records.values()][0]!)).toMatchObject({ value: 'newer' });
    expect(second.manifest).toMatchObject({ version: 1, scriptName: 'j', totalCached: 1 });
  });

  test('the beginning of a line, which a kill leaves, is passed over and swallows nothing', () => {
    open().put(record('f', ['a'], 0), KEPT);
    appendFileSync(join(directory(), 'llm-cache.jsonl'), '{"key":"sha256:12');
    const next = open();
    next.put(record('f', ['b'], 1), KEPT);
    expect([...open().records.values()].map(({ argsPreview }) => argsPreview)).toEqual(['a', 'b']);
  });

  test('a result that is not what was written is none', () => {
    const store = open();
    store.put(record('f', ['a'], 0), KEPT);
    const [file] = readdirSync(join(directory(), 'results'));
    writeFileSync(join(directory(), 'results', file!), '{"value":"forged"}');
    expect(open().result([...open().records.values()][0]!)).toBeNull();
  });

  test.each([
    ['llm-cache.jsonl', 'garbage\n', /llm-cache\.jsonl:1: not a record/],
    ['manifest.json', '{', /manifest\.json: /],
    ['manifest.json', '{"version":2}', /not a manifest/],
  ])('damage of %s is told: %s', (name, text, message) => {
    mkdirSync(directory());
    writeFileSync(join(directory(), name), text);
    expect(open).toThrow(message);
  });

  test('dropping removes the results, and nothing is made for a script that keeps nothing', () => {
    open().close();
    expect(existsSync(directory())).toBe(false);
    const store = open();
    store.put(record('f', ['a'], 0), KEPT);
    store.drop([...store.records.keys()]);
    expect(readdirSync(join(directory(), 'results'))).toEqual([]);
    expect(open().records.size).toBe(0);
  });

  test('scripts of one name have directories of their own', () => {
    expect(['a/j.mld', 'j.mld.md', 'x.md', 'b.mjs'].map(scriptName)).toEqual(['j', 'j', 'x', 'b']);
    const first = scriptDirectory(root, 'a/j.mld');
    const store = new CheckpointStore(first, 'a/j.mld');
    store.put(record('f', [], 0), KEPT);
    store.close();
    expect(scriptDirectory(root, 'a/j.mld')).toBe(first);
    expect(scriptDirectory(root, 'b/j.mld')).not.toBe(first);
  });
});

describe('--resume', () => {
  test.each([
    ['@f', { kind: 'function', fn: 'f', index: null, prefix: null }],
    ['@f:2', { kind: 'function', fn: 'f', index: 2, prefix: null }],
    ['@f("src/")', { kind: 'function', fn: 'f', index: null, prefix: 'src/' }],
    ['"load data"', { kind: 'checkpoint', name: 'load data' }],
    ['load', { kind: 'checkpoint', name: 'load' }],
    ['@f(', null],
    ['', null],
  ])('%s', (text, target) => {
    expect(parseResumeTarget(text)).toEqual(target);
  });

  const records = [record('f', ['aa'], 0), record('g', ['x'], 1, 0), record('f', ['bb'], 2, 1)] as CacheRecord[];
  const manifest = { namedCheckpoints: { mid: 1 } } as never;
  const again = (text: string) =>
    invalidated(parseResumeTarget(text)!, records, manifest, ['late']).map(({ argsPreview }) => argsPreview);

  test('names what is made again', () => {
    expect(again('@f')).toEqual(['aa', 'bb']);
    expect(again('@f:1')).toEqual(['bb']);
    expect(again('@f("b")')).toEqual(['bb']);
    expect(again('mid')).toEqual(['x', 'bb']);
    expect(again('late')).toEqual([]);
    expect(() => again('never')).toThrow('There is no checkpoint "never"; there are: late, mid');
  });
});
