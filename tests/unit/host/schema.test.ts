import { describe, expect, test } from 'vitest';
import { checkRequest } from '../../../runtime/host/monitor/schema.js';
import { OPERATIONS } from '../../../runtime/shared/operations.js';
import type { DoorRequest } from '../../../runtime/shared/protocol.js';

const check = (op: unknown, args: unknown, site: unknown = 0) => checkRequest({ id: 1, op, args, site } as DoorRequest);
const code = (op: unknown, args: unknown, site?: unknown) => {
  const result = check(op, args, site);
  return 'denied' in result ? result.denied.code : 'ok';
};
const read = (path: unknown, more: object = {}) => ({ path: { data: path, ...more } });

describe('checkRequest', () => {
  test('accepts exactly what the catalogue says and joins the marks', () => {
    const result = check('file.write', {
      path: { data: 'a', mark: { labels: ['x'] } },
      text: { data: 't', mark: { taint: ['src:file'] } },
    });
    expect(result).toMatchObject({
      request: {
        op: 'file.write',
        args: { path: 'a', text: 't' },
        mark: { labels: ['x'], taint: ['x', 'src:file'] },
        marks: { path: { labels: ['x'] } },
      },
    });
  });

  test.each([
    ['no.such', {}],
    ['constructor', {}],
    ['__proto__', {}],
    [undefined, {}],
    [['file.read'], {}],
  ])('an unknown operation is refused: %j', (op, args) => {
    expect(code(op, args)).toBe('OPERATION_UNKNOWN');
  });

  test.each<[string, string, unknown, unknown?]>([
    ['missing argument', 'file.read', {}],
    ['unknown argument', 'file.read', { ...read('a'), mode: { data: 'w' } }],
    ['optional spelled with its mark', 'file.read', { ...read('a'), 'base?': { data: '/' } }],
    ['wrong type', 'file.read', read(1)],
    ['null', 'file.read', read(null)],
    ['no arguments', 'file.read', null],
    ['list of arguments', 'file.read', []],
    ['bare value', 'file.read', { path: 'a' }],
    ['argument without data', 'file.read', { path: {} }],
    ['unknown part of an argument', 'file.read', read('a', { trusted: true })],
    ['mark that is no object', 'file.read', read('a', { mark: 'secret' })],
    ['mark with an unknown part', 'file.read', read('a', { mark: { label: ['x'] } })],
    ['mark with labels that are no text', 'file.read', read('a', { mark: { labels: [1] } })],
    ['mark with a malformed tool', 'file.read', read('a', { mark: { tools: [{ name: 't', x: 1 }] } })],
    ['literal outside its list', 'console.write', { stream: { data: 'stdin' }, text: { data: '' } }],
    ['object for a literal', 'console.write', { stream: { data: ['stdout'] }, text: { data: '' } }],
    ['negative time', 'clock.sleep', { ms: { data: -1 } }],
    ['fraction', 'clock.sleep', { ms: { data: 1.5 } }],
    ['texts with a number', 'exec.sh', { shell: { data: 'sh' }, code: { data: '' }, params: { data: { p: 1 } } }],
    [
      'item with an unknown field',
      'file.select',
      { ...read('a'), items: { data: [{ kind: 'name', pattern: 'x', extra: 1 }] } },
    ],
    ['item without a field', 'file.select', { ...read('a'), items: { data: [{ kind: 'name' }] } }],
    ['item that is no object', 'file.select', { ...read('a'), items: { data: ['x'] } }],
    ['site that is no number', 'file.read', read('a'), 'here'],
  ])('malformed: %s', (_what, op, args, site = 0) => {
    expect(code(op, args, site)).toBe('REQUEST_MALFORMED');
  });

  test('a request that is no object is malformed', () => {
    for (const request of [null, undefined, 'x', [], 1])
      expect(checkRequest(request as never)).toMatchObject({ denied: { code: 'REQUEST_MALFORMED' } });
  });

  test('an argument called __proto__ is unknown like any other', () => {
    expect(code('file.read', JSON.parse('{"path":{"data":"a"},"__proto__":{"data":"x"}}'))).toBe('REQUEST_MALFORMED');
  });

  test('every field of the catalogue has a type the check knows', () => {
    const types = JSON.stringify(Object.values(OPERATIONS).map((operation) => operation.args));
    for (const type of new Set([...types.matchAll(/:"(\w+)"/g)].map((match) => match[1]))) {
      expect(['string', 'integer', 'boolean', 'json', 'strings', 'texts', 'values']).toContain(type);
    }
  });
});
