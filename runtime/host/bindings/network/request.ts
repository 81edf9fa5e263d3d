/** One GET request, without redirects, to an address that the name may lead to. */

import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

export interface Response {
  readonly status: number;
  header(name: 'location' | 'content-type'): string | null;
  /** Decoded as the answer says. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The rest is of no interest. */
  discard(): void;
}

const HEADERS = {
  accept: 'text/markdown, text/html;q=0.9, */*;q=0.8',
  'accept-encoding': 'gzip, deflate, br',
  'user-agent': 'mlldc',
};

const DECODERS: Readonly<Record<string, () => ReturnType<typeof createGunzip>>> = {
  __proto__: null as never,
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Codings an answer may be wrapped in; servers use one. */
const MAX_CODINGS = 3;

/** @throws the signal's reason when that ends it */
export async function get(url: URL, signal: AbortSignal, lookup: LookupFunction): Promise<Response> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers: HEADERS, lookup, signal }, resolve)
      .once('error', (error) => reject(signal.aborted ? signal.reason : error))
      .end();
  });
  return {
    status: message.statusCode ?? 0,
    header: (name) => message.headers[name] ?? null,
    body: chunks(decoded(message), signal),
    discard: () => void message.destroy(),
  };
}

/** The body without its codings; one that is not known is left as it is. */
function decoded(message: IncomingMessage): Readable {
  const codings = (message.headers['content-encoding'] ?? '').toLowerCase().split(',', MAX_CODINGS);
  return codings.reverse().reduce<Readable>((body, coding) => {
    const decoder = DECODERS[coding.trim()];
    return decoder ? pipeline(body, decoder(), () => {}) : body;
  }, message);
}

async function* chunks(body: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* pipeline(body, new PassThrough(), () => {});
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
