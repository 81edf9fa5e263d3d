/** Policies of single calls at the door: `with { policy: … }` (security.md 5.1). */

import { describe, expect, test } from 'vitest';
import { createMonitor } from '../../../runtime/host/monitor/index.js';
import { PolicyMonitor } from '../../../runtime/host/monitor/policy.js';
import { checkRequest } from '../../../runtime/host/monitor/schema.js';
import { OPERATIONS } from '../../../runtime/shared/operations.js';
import { parsePolicy } from '../../../runtime/shared/policy/schema.js';

const NO_SHELL = parsePolicy({ deny: { sh: true } }, 'with') as { policy: Parameters<PolicyMonitor['add']>[0] };

async function decide(policies: PolicyMonitor, under: unknown): Promise<string> {
  const args = { shell: { data: 'sh' }, code: { data: 'true' } };
  const checked = checkRequest({ id: 1, op: 'exec.sh', args, site: 0, under } as never);
  if ('denied' in checked) return checked.denied.code;
  const monitor = createMonitor({ root: '/', deciders: policies.deciders });
  const subjects = [{ kind: 'script', language: 'sh', code: 'true' }] as const;
  return (await monitor.decide(OPERATIONS['exec.sh'], checked.request, subjects))?.code ?? 'ok';
}

describe('a policy of a single call', () => {
  const policies = new PolicyMonitor({ root: '/p', home: '/h' });
  const id = policies.addFragment(NO_SHELL.policy);

  test('holds for the requests that name it', async () => {
    expect(await decide(policies, [id])).toBe('POLICY_CAPABILITY_DENIED');
    expect(await decide(policies, undefined)).toBe('ok');
  });

  test.each([[[99]], ['0'], [[-1]], [[{}]]])('under %j nothing is allowed', async (under) => {
    expect(await decide(policies, under)).not.toBe('ok');
  });

  test('adds to those of the program', async () => {
    const strict = new PolicyMonitor({ root: '/p', home: '/h' });
    strict.add(NO_SHELL.policy);
    const anything = parsePolicy({ allow: true }, 'with') as typeof NO_SHELL;
    expect(await decide(strict, [strict.addFragment(anything.policy)])).toBe('POLICY_CAPABILITY_DENIED');
  });
});
