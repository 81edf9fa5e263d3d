/** Addresses nobody else may lead us to. */

import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { get } from '../../../runtime/host/bindings/network/request.js';
import { isMachineLocal, mayRedirect, publicLookup } from '../../../runtime/host/isolation/hosts.js';

describe('addresses of this machine and its link', () => {
  test.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '169.254.169.254',
    '::1',
    '::',
    'fe80::1',
    'FEBF::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
  ])('%s', (address) => {
    expect(isMachineLocal(address)).toBe(true);
  });

  test.each(['128.0.0.1', '10.0.0.1', '169.253.0.1', '2001:db8::1', '::ffff:8.8.8.8', '::ffff:808:808', 'fec0::1'])(
    'not %s',
    (address) => {
      expect(isMachineLocal(address)).toBe(false);
    },
  );
});

describe('a redirect', () => {
  test.each([
    ['example.com', 'example.org', true],
    ['example.com', '10.0.0.1', true],
    ['localhost', '127.0.0.1', true],
    ['127.0.0.1', 'localhost', true],
    ['example.com', 'localhost', false],
    ['example.com', 'LOCALHOST.', false],
    ['example.com', 'db.localhost', false],
    ['example.com', '127.0.0.1', false],
    ['example.com', '0.0.0.0', false],
    ['example.com', '[::1]', false],
    ['example.com', '[::ffff:7f00:1]', false],
    ['example.com', '169.254.169.254', false],
    ['127.0.0.1', '169.254.169.254', false],
    ['127.0.0.1', '[fe80::1]', false],
  ])('%s to %s: %s', (from, to, may) => {
    expect(mayRedirect(from, to)).toBe(may);
  });
});

describe('a name', () => {
  const answering = (found: unknown) =>
    publicLookup(((_host, _options, done) => done(null, found as never)) as LookupFunction);
  const look = (lookup: LookupFunction, host: string) =>
    new Promise((resolve) => lookup(host, {}, (error, found) => resolve(error?.message ?? found)));

  test('of the public does not lead to this machine, however it is answered', async () => {
    for (const found of [
      '127.0.0.1',
      '::1',
      '169.254.169.254',
      [{ address: '8.8.8.8' }, { address: '::ffff:127.0.0.1' }],
    ])
      expect(await look(answering(found), 'rebind.example.com')).toMatch(/^The name rebind\.example\.com leads to /);
    expect(await look(answering('8.8.8.8'), 'example.com')).toBe('8.8.8.8');
    expect(await look(answering('127.0.0.1'), 'localhost')).toBe('127.0.0.1');
  });

  test('is looked up by every request, and nothing is sent where it may not lead', async () => {
    const url = new URL('http://rebind.example.com:9/');
    await expect(
      get(url, new AbortController().signal, answering([{ address: '127.0.0.1', family: 4 }])),
    ).rejects.toThrow('The name rebind.example.com leads to 127.0.0.1');
  });
});
