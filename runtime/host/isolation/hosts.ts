/** Matching of host names and addresses against a network allow list. */

import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

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
  return isLoopback(address) || isLinkLocal(address);
}

/** True when the list names this machine on purpose, so that a local address is what was meant. */
export function namesMachine(host: string): boolean {
  const plain = normalizeHost(host);
  return isLocalName(plain) || isIP(plain) !== 0;
}

/**
 * Whether an answer of `from` may send us to `to`: to this machine only from this machine, to the
 * link-local range never. Where an address is written by others, that is how they reach what is not theirs.
 */
export function mayRedirect(from: string, to: string): boolean {
  const reachesMachine = (host: string) => isLocalName(host) || isLoopback(host);
  const [source, target] = [normalizeHost(from), normalizeHost(to)];
  return !isLinkLocal(target) && (!reachesMachine(target) || reachesMachine(source));
}

/**
 * A lookup that finds no local address behind a public name, whatever the name's owner answers, and
 * whenever: the connection goes to the address that was checked.
 */
export function publicLookup(resolve: LookupFunction = lookup as LookupFunction): LookupFunction {
  return (host, options, done) =>
    resolve(host, options, (error, found, family) => {
      if (error || namesMachine(host)) return done(error, found, family);
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      const local = addresses.find(isMachineLocal);
      if (local === undefined) return done(null, found, family);
      done(new LocalAddressError(host, local), found, family);
    });
}

/** A public name that leads to this machine. */
export class LocalAddressError extends Error {
  constructor(host: string, address: string) {
    super(
      `The name ${host} leads to ${address}, an address of this machine or its link; write the address itself if it is meant`,
    );
    this.name = 'LocalAddressError';
  }
}

function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

function isLoopback(address: string): boolean {
  const plain = withoutMapping(address);
  return isIP(plain) === 4 ? /^(0|127)\./.test(plain) : plain === '::1' || plain === '::';
}

function isLinkLocal(address: string): boolean {
  const plain = withoutMapping(address);
  if (isIP(plain) === 4) return plain.startsWith('169.254.');
  return isIP(plain) === 6 && /^fe[89ab]/.test(plain);
}

/** An IPv4 address that is written as one of IPv6, in either notation, as itself. */
function withoutMapping(address: string): string {
  const mapped = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/.exec(address.toLowerCase());
  if (!mapped) return address.toLowerCase();
  const [, dotted, high, low] = mapped;
  if (dotted !== undefined) return dotted;
  const [h, l] = [Number.parseInt(high!, 16), Number.parseInt(low!, 16)];
  return [h >> 8, h & 255, l >> 8, l & 255].join('.');
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
