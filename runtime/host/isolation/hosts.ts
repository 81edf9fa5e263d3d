/** Matching of host names and addresses against a network allow list. */

import { isIP } from 'node:net';

/**
 * True when an allow list lets `host:port` through. Entries: `host`, `host:port`, `*.domain`
 * (subdomains only), `*`, an address, `[v6]:port`.
 */
export function isHostAllowed(allow: readonly string[], host: string, port: number): boolean {
  const wanted = normalizeHost(host);
  return allow.some((entry) => {
    if (entry === '*') return true;
    const { host: pattern, port: only } = splitEntry(entry);
    if (only !== undefined && only !== port) return false;
    if (pattern.startsWith('*.'))
      return isIP(wanted) === 0 && wanted.endsWith(pattern.slice(1)) && wanted.length > pattern.length - 1;
    return pattern === wanted;
  });
}

/**
 * True for addresses that no public name should lead to: this machine and the link-local range,
 * where clouds serve credentials. Only an entry that says so itself reaches them.
 */
export function isMachineLocal(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  if (isIP(plain) === 4) return /^(0|127)\.|^169\.254\./.test(plain);
  return plain === '::1' || plain === '::' || /^fe[89ab]/.test(plain);
}

/** True when the list names this machine on purpose, so that a local address is what was meant. */
export function namesMachine(host: string): boolean {
  const plain = normalizeHost(host);
  return plain === 'localhost' || plain.endsWith('.localhost') || isIP(plain) !== 0;
}

export function normalizeHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

function splitEntry(entry: string): { host: string; port?: number } {
  // People paste URLs; what counts is the host in them.
  const plain = entry
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/\/.*$/, '');
  if (isIP(plain) === 6) return { host: plain.toLowerCase() };
  const match = /^(.*?)(?::(\d+))?$/.exec(plain)!;
  const host = normalizeHost(match[1]!);
  return match[2] === undefined ? { host } : { host, port: Number(match[2]) };
}
