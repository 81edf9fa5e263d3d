/** What modules need is checked before anything runs, tests or not (security.md 6.1). */

import { afterEach, expect, test, vi } from 'vitest';
import type { Services } from '../../../runtime/host/bindings/services.js';
import { refuseUnmetNeeds } from '../../../runtime/host/needs/index.js';
import type { Bundle } from '../../../runtime/shared/bundle.js';

afterEach(() => vi.unstubAllEnvs());

const services = { config: { root: '/', requireDeclarations: false }, dir: '/', environment: { PATH: '/nowhere' } };
const text = 'needs { cmd: [no-such-program] }\n';
const module = {
  source: 0,
  imported: false,
  dir: '',
  missing: [],
  needs: [{ start: 0, end: 5, needs: { cmd: ['no-such-program'] } }],
};
const bundle = {
  manifest: { name: 'main.mld', needs: { inferred: {}, modules: [module] } },
  sources: [{ id: 0, file: 'main.mld', text }],
} as unknown as Bundle;

test.each([{}, { NODE_ENV: 'test' }, { VITEST: 'true' }, { CI: 'true' }, { MLLD_TEST: '1', MLLDC_TEST: '1' }])(
  'with %j in the environment',
  async (variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(await refuseUnmetNeeds(bundle, services as unknown as Services)).toContain('cmd:no-such-program');
  },
);
