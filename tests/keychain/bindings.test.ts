/** What programs are answered of the keychain (security.md 7.4, seed.md D7). */

import { expect, it } from 'vitest';
import { keychainBindings } from '../../runtime/host/bindings/keychain/bindings.js';
import type { Services } from '../../runtime/host/bindings/services.js';

const entries: Record<string, string> = { 'svc/acc': 'hunter2' };
const bindings = keychainBindings({
  config: { projectname: 'p' },
  keychain: async () => ({ get: async (service: string, account: string) => entries[`${service}/${account}`] ?? null }),
} as unknown as Services);
const get = (account: string) => bindings['keychain.get'].run({ service: 'svc', account } as never, {} as never);

it('is secret, and says where it comes from', async () => {
  expect(await get('acc')).toEqual({
    value: 'hunter2',
    mark: { labels: ['secret'], taint: expect.arrayContaining(['src:keychain']), sources: ['keychain.get'] },
  });
});

it('is nothing secret where nothing was found', async () => {
  expect(await get('other')).toEqual({ value: null });
});
