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

describe('the box a request comes from', () => {
  const open = new PolicyMonitor({ root: '/p', home: '/h' });
  const held = new PolicyMonitor({ root: '/p', home: '/h' });
  const env = {
    default: 'sandbox',
    net: { allow: ['a.example', '*.b.example'], deny: ['evil.b.example'] },
    mcps: { allow: ['notes', 'mail'], deny: ['mail'] },
    providers: { local: false },
  };
  const parsed = parsePolicy({ env }, 'p');
  if (!('policy' in parsed)) throw new Error('the policy does not parse');
  held.add(parsed.policy);

  async function decideBox(policies: PolicyMonitor, box: unknown, server?: string): Promise<string> {
    const operation = server === undefined ? 'exec.sh' : 'mcp.call';
    const plain = server === undefined ? { shell: 'sh', code: 'true' } : { server: 'mcpConfig:0', tool: 't', args: [] };
    const given = { ...plain, ...(box !== undefined && { box }) };
    const args = Object.fromEntries(Object.entries(given).map(([name, data]) => [name, { data }]));
    const checked = checkRequest({ id: 1, op: operation, args, site: 0 } as never);
    if ('denied' in checked) return checked.denied.code;
    const monitor = createMonitor({ root: '/', deciders: policies.deciders });
    const subjects = server === undefined ? [] : [{ kind: 'server', name: server } as const];
    return (await monitor.decide(OPERATIONS[operation], checked.request, subjects))?.code ?? 'ok';
  }

  const net = (allow: unknown, deny: unknown = ['evil.b.example']) => ({ provider: 'sandbox', net: { allow, deny } });

  test.each<[unknown, string]>([
    [undefined, 'ok'],
    [net(['a.example', 'x.b.example', '*.b.example']), 'ok'],
    [{ provider: 'sandbox', net: 'none' }, 'ok'],
    [{ provider: 'local', net: 'none' }, 'ENV_PROVIDER_DENIED'],
    [{ net: 'none' }, 'ENV_PROVIDER_DENIED'],
    [{}, 'ENV_PROVIDER_DENIED'],
    ['sandbox', 'ENV_PROVIDER_DENIED'],
    [{ provider: 'sandbox' }, 'ENV_NET_DENIED'],
    [{ provider: 'sandbox', net: '*' }, 'ENV_NET_DENIED'],
    [net(['a.example', 'c.example']), 'ENV_NET_DENIED'],
    [net(['*']), 'ENV_NET_DENIED'],
    [net(['a.example'], []), 'ENV_NET_DENIED'],
    [net(['a.example'], null), 'ENV_NET_DENIED'],
  ])('%j is %s', async (box, decision) => {
    expect(await decideBox(held, box)).toBe(decision);
    expect(await decideBox(open, box)).toBe('ok');
  });

  test.each([
    ['notes', 'ok'],
    ['mail', 'ENV_MCP_DENIED'],
    ['other', 'ENV_MCP_DENIED'],
  ])('the server %s in it is %s', async (server, decision) => {
    expect(await decideBox(held, { provider: 'sandbox', net: 'none' }, server)).toBe(decision);
    expect(await decideBox(held, undefined, server)).toBe('ok');
  });
});

describe('starting a server', () => {
  const policies = new PolicyMonitor({ root: '/p', home: '/h' });
  const parsed = parsePolicy({ labels: { untrusted: { deny: ['op:cmd:node'] } } }, 'p');
  if (!('policy' in parsed)) throw new Error('the policy does not parse');
  policies.add(parsed.policy);

  async function start(op: 'mcp.connect' | 'mcp.configure' | 'mcp.call', command: string, ...labels: string[]) {
    const mark = { labels };
    const args = {
      'mcp.connect': { server: { data: command, mark } },
      'mcp.configure': { config: { data: { servers: [] }, mark } },
      'mcp.call': { server: { data: command }, tool: { data: 't' }, args: { data: [{ value: 'x' }], mark } },
    }[op];
    const checked = checkRequest({ id: 1, op, args, site: 0 } as never);
    if ('denied' in checked) return checked.denied.code;
    const monitor = createMonitor({ root: '/', deciders: policies.deciders });
    return (await monitor.decide(OPERATIONS[op], checked.request, [{ kind: 'command', command }]))?.code ?? 'ok';
  }

  test.each(['mcp.connect', 'mcp.configure'] as const)('by %s is running its command', async (op) => {
    expect(await start(op, 'node server.mjs', 'untrusted')).toBe('POLICY_LABEL_FLOW_DENIED');
    expect(await start(op, 'echo server.mjs', 'untrusted')).toBe('ok');
    expect(await start(op, 'node server.mjs')).toBe('ok');
  });
  test('is not calling its tools', async () => {
    expect(await start('mcp.call', 'node server.mjs', 'untrusted')).toBe('ok');
  });
});
