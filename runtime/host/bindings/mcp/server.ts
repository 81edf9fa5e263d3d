/** Serving tools: over standard streams (security.md 8.4) and over a unix socket (9.4). */

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { type Readable, Writable } from 'node:stream';
import { LineSplitter } from '../lines.js';
import { type ServeOptions, Session } from './session.js';

export type { ServedTool, ToolDefinition, ToolParameter } from './definitions.js';
export type { CallContext, CallOutcome, ServeOptions } from './session.js';

const MAX_LINE_BYTES = 32 * 1024 * 1024;

export interface StreamOptions extends ServeOptions {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Serves one client on a pair of streams. Requests are answered as they finish, not in order.
 * @returns Resolves when the client has closed the input and everything under way is answered.
 */
export async function serveStream(options: StreamOptions): Promise<void> {
  const pending = new Set<Promise<void>>();
  const session = new Session(options, (message) => {
    if (options.output.writable) options.output.write(`${JSON.stringify(message)}\n`);
  });
  const lines = new LineSplitter(
    options.maxLineBytes ?? MAX_LINE_BYTES,
    (line) => {
      const answer = session.receive(line).finally(() => pending.delete(answer));
      pending.add(answer);
    },
    () => session.tooLong(),
  );
  await new Promise<void>((resolve) => {
    options.input.on('data', (chunk: Buffer | string) => lines.push(Buffer.from(chunk)));
    options.input.once('end', () => {
      lines.end();
      resolve();
    });
    // A client that went away without saying so does not wait for answers.
    for (const stream of [options.input, options.output]) {
      stream.once('error', () => {
        session.abandon();
        resolve();
      });
    }
    options.input.once('close', resolve);
  });
  await Promise.allSettled(pending);
}

/**
 * Takes standard output for the protocol: from now on everything else this process writes to
 * stdout goes to stderr, so that a stray line cannot break a client.
 */
export function claimStdout(): Writable {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  const claimed = new Writable({ write: (chunk: Buffer, _encoding, done) => void write(chunk, done) });
  process.stdout.once('error', (error) => claimed.destroy(error));
  return claimed;
}

/** Serves tools on the standard streams of this process until the client closes its end. */
export function serveStdio(options: ServeOptions): Promise<void> {
  return serveStream({ ...options, input: process.stdin, output: claimStdout() });
}

export interface SocketServer {
  readonly path: string;
  /** Ends all conversations and removes the socket. */
  close(): Promise<void>;
}

/**
 * Serves tools on a unix socket; every connection is a client of its own. Only this user can
 * connect, from the first moment on when the folder is private to them.
 * @throws Error when the path is too long for a socket or in use.
 */
export async function serveSocket(socketPath: string, options: ServeOptions): Promise<SocketServer> {
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH)
    throw new Error(`The socket path '${socketPath}' is longer than ${MAX_SOCKET_PATH} bytes.`);
  const clients = new Set<Socket>();
  // Half open: a client that has said all it wants still gets its answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    clients.add(socket);
    void serveStream({ ...options, input: socket, output: socket }).finally(() => {
      clients.delete(socket);
      socket.end();
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, resolve));
  chmodSync(socketPath, 0o600);
  return {
    path: socketPath,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          rmSync(socketPath, { force: true });
          resolve();
        });
        for (const client of clients) client.destroy();
      }),
  };
}

/** `sun_path` holds 108 bytes on Linux and 104 elsewhere, the closing zero included. */
const MAX_SOCKET_PATH = 103;
