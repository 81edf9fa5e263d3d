/** `keychain.get`, `keychain.set`, `keychain.delete`: entries a program asks for itself (security.md 7.4). */

import { PROPAGATION } from '../../../shared/propagation.js';
import type { Subject } from '../../monitor/index.js';
import type { Services } from '../services.js';
import { type BindingsOf, HostError } from '../types.js';
import type { KeychainBackend } from './types.js';

interface Entry {
  service: string;
  account: string;
}

export function keychainBindings(services: Services): BindingsOf<'keychain'> {
  const project = services.config.projectname ?? '';
  const subjects = ({ service, account }: Entry): Subject[] => [
    { kind: 'keychain', service, account, project, standalone: false },
  ];

  async function use<T>(work: (keychain: KeychainBackend) => Promise<T>): Promise<T> {
    const keychain = await services.keychain();
    try {
      return await work(keychain);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KeychainError') throw error;
      throw new HostError('MlldInterpreter', (error as Error & { code: string }).code, error.message);
    }
  }

  const { labels, taint, source } = PROPAGATION.keychain;
  return {
    'keychain.get': {
      subjects,
      async run({ service, account }) {
        const value = await use((keychain) => keychain.get(service, account));
        // Nothing found is nothing secret.
        if (value === null) return { value };
        return { value, mark: { labels, taint, sources: [source!] } };
      },
    },
    'keychain.set': {
      subjects,
      async run({ service, account, value }) {
        await use((keychain) => keychain.set(service, account, value));
        return { value: null };
      },
    },
    'keychain.delete': {
      subjects,
      async run({ service, account }) {
        await use((keychain) => keychain.delete(service, account));
        return { value: null };
      },
    },
  };
}
