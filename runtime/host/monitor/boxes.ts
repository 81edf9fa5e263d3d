/**
 * `policy.env` at the door (security.md 9.2). The program realm cuts a box down to what policies
 * leave of it before anything in it runs; what a request says of its box is held against the same
 * rules here, so that a realm that did not is refused.
 */

import { environmentUnder, hostsOf } from '../../shared/policy/environment.js';
import type { Policy } from '../../shared/policy/types.js';
import type { Denial } from '../../shared/protocol.js';
import { isRecord } from '../../shared/record.js';
import type { Subject } from './index.js';

/**
 * Why a request from a box is refused.
 * @param box what the request says of its box; undefined for one that comes from none
 */
export function boxDenial(policies: readonly Policy[], box: unknown, subjects: readonly Subject[]): Denial | null {
  if (box === undefined) return null;
  const own = isRecord(box) ? box : {};
  const asked = {
    provider: typeof own.provider === 'string' ? own.provider : null,
    tools: null,
    mcps: null,
    net: hostsOf(own.net),
  };
  const grant = environmentUnder(policies, asked);
  if (grant.refusedProvider !== null || grant.provider !== asked.provider) {
    const provider = grant.refusedProvider ?? asked.provider ?? 'none';
    return { code: 'ENV_PROVIDER_DENIED', message: `Provider '${provider}' denied by policy` };
  }
  const forbidden = asked.net?.length === 0 ? [] : beyond(asked.net, grant.net, grant.refusedHosts, own.net);
  if (forbidden.length > 0)
    return { code: 'ENV_NET_DENIED', message: `Network of the box denied by policy: ${forbidden.join(', ')}` };
  const server = subjects.find(
    (subject) =>
      subject.kind === 'server' &&
      (grant.refusedMcps.includes(subject.name) || grant.mcps?.includes(subject.name) === false),
  );
  if (server?.kind === 'server')
    return { code: 'ENV_MCP_DENIED', message: `MCP server '${server.name}' denied by env.mcps` };
  return null;
}

/** The hosts a box would reach and may not. */
function beyond(
  asked: readonly string[] | null,
  granted: readonly string[] | null,
  refused: readonly string[],
  net: unknown,
): string[] {
  const deny = isRecord(net) ? net.deny : null;
  const denied: readonly unknown[] = Array.isArray(deny) ? deny : [deny];
  const open = refused.filter((host) => !denied.includes(host));
  if (granted === null) return open;
  return [...open, ...(asked ?? ['*']).filter((host) => !granted.includes(host))];
}
