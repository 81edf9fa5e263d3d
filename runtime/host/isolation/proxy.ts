/**
 * The only way out of a jail with an allow list: an HTTP proxy on a unix socket. `CONNECT` carries
 * TLS and anything else that can be tunnelled; plain HTTP requests are forwarded. Names are looked
 * up here, once, and the connection goes to the address that was checked, so a name cannot mean
 * one thing to the check and another to the connection.
 */

import { lookup } from 'node:dns/promises';
import { chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isHostAllowed, isMachineLocal, namesMachine, normalizeHost } from './hosts.js';
import type { NetworkAllowList } from './types.js';

export interface FilteringProxy {
  close(): Promise<void>;
}

const CONNECT_MS = 30_000;

/** Headers that concern the hop between client and proxy only. */
const HOP_HEADERS = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
];

/**
 * Starts the proxy.
 * @param socketPath Where to listen; the folder has to be private.
 * @param net Lists of entries as in `isHostAllowed`.
 * @param onRefused Told of every host that was refused.
 */
export async function startProxy(
  socketPath: string,
  net: NetworkAllowList,
  onRefused: (host: string) => void = () => {},
): Promise<FilteringProxy> {
  const open = new Set<Duplex>();
  const track = <S extends Duplex>(socket: S): S => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const decide = async (host: string, port: number): Promise<string | Refusal> => {
    const verdict = await address(net, host, port);
    if (verdict instanceof Refusal) onRefused(`${normalizeHost(host)}:${port}`);
    return verdict;
  };

  const server = createServer((incoming, response) => {
    forward(incoming, response, decide).catch((error: Error) => fail(response, 502, error.message));
  });
  server.on('connection', track);
  server.on('connect', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    tunnel(incoming, client, head, decide, track).catch((error: Error) =>
      client.end(`HTTP/1.1 502 Bad Gateway\r\n\r\n${error.message}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, resolve));
  await chmod(socketPath, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

type Decide = (host: string, port: number) => Promise<string | Refusal>;

class Refusal {
  constructor(readonly message: string) {}
}

/** The address to connect to, or why not. */
async function address({ allow, deny = [] }: NetworkAllowList, host: string, port: number): Promise<string | Refusal> {
  const refused = new Refusal(`Network access to '${normalizeHost(host)}:${port}' denied by policy`);
  if (!Number.isInteger(port) || port < 1 || port > 65535) return refused;
  if (!isHostAllowed(allow, host, port) || isHostAllowed(deny, host, port)) return refused;
  const found = await lookup(normalizeHost(host));
  return isMachineLocal(found.address) && !namesMachine(host) ? refused : found.address;
}

async function tunnel(
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
  decide: Decide,
  track: (socket: Socket) => Socket,
): Promise<void> {
  const target = parseUrl(`http://${incoming.url ?? ''}`);
  if (!target) return void client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  // The URL class drops a port that is the scheme's default.
  const verdict = await decide(target.hostname, Number(target.port || 80));
  if (verdict instanceof Refusal)
    return void client.end(`HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n\r\n${verdict.message}\n`);
  const upstream = track(connect({ host: verdict, port: Number(target.port || 80), timeout: CONNECT_MS }));
  upstream.once('timeout', () => upstream.destroy());
  upstream.once('error', (error) => client.end(`HTTP/1.1 502 Bad Gateway\r\n\r\n${error.message}\n`));
  upstream.once('connect', () => {
    upstream.setTimeout(0);
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.write(head);
    client.pipe(upstream).pipe(client);
  });
  client.once('close', () => upstream.destroy());
}

async function forward(incoming: IncomingMessage, response: ServerResponse, decide: Decide): Promise<void> {
  const target = parseUrl(incoming.url ?? '');
  if (target?.protocol !== 'http:') return fail(response, 400, 'This proxy takes absolute http URLs and CONNECT.');
  const port = Number(target.port || 80);
  const verdict = await decide(target.hostname, port);
  if (verdict instanceof Refusal) return fail(response, 403, verdict.message);
  const headers: OutgoingHttpHeaders = { ...incoming.headers, host: target.host };
  for (const name of HOP_HEADERS) delete headers[name];
  const outgoing = request({
    host: verdict,
    port,
    method: incoming.method,
    path: target.pathname + target.search,
    headers,
    timeout: CONNECT_MS,
  });
  outgoing.once('timeout', () => outgoing.destroy(new Error('The host did not answer.')));
  outgoing.once('error', (error) => fail(response, 502, error.message));
  outgoing.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  response.once('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

function fail(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${message}\n`);
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
