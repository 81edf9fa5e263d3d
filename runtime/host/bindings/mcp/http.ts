/** The streamable HTTP transport, with a bound on what a server may send in one message. */

import { type Channel, floodText } from './channel.js';
import type { HttpSpec } from './spec.js';

/** How long saying goodbye to a listening server may take. */
const GOODBYE_MS = 2000;

/** Connects to a server that listens at a URL. */
export async function openHttpChannel(spec: HttpSpec, maxMessageBytes: number): Promise<Channel> {
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  let end: string | null = null;
  const bounded = async (url: string | URL, init?: RequestInit): Promise<Response> =>
    boundBody(await fetch(url, init), maxMessageBytes, () => {
      end = floodText(maxMessageBytes);
      void transport.close();
    });
  const transport = new StreamableHTTPClientTransport(new URL(spec.url), {
    fetch: bounded,
    ...(spec.headers && { requestInit: { headers: { ...spec.headers } } }),
  });
  return {
    transport,
    ended: () => end,
    remark: () => '',
    stop: async () => {
      const goodbye = transport.terminateSession().catch(() => {});
      await Promise.race([goodbye, new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref())]);
      await transport.close();
    },
  };
}

/**
 * The same response with a body that fails when it grows too large. An event stream may go on
 * for ever, so there the bound is on one event of it.
 */
function boundBody(response: Response, maxBytes: number, onFlood: () => void): Response {
  if (!response.body) return response;
  const isStream = response.headers.get('content-type')?.includes('text/event-stream') ?? false;
  const measure = isStream ? eventSize() : bodySize();
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (measure(chunk) <= maxBytes) return controller.enqueue(chunk);
      onFlood();
      controller.error(new Error('message too large'));
    },
  });
  return new Response(response.body.pipeThrough(counter), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}

/** How much has come so far. */
function bodySize(): (chunk: Uint8Array) => number {
  let size = 0;
  return (chunk) => (size += chunk.length);
}

const LF = 10;
const CR = 13;

/** How much of the event that has not ended has come so far: events end with an empty line. */
function eventSize(): (chunk: Uint8Array) => number {
  let size = 0;
  let isLineEmpty = true;
  let last = 0;
  return (chunk) => {
    for (const byte of chunk) {
      const isEnd = byte === CR || (byte === LF && last !== CR);
      size = isEnd && isLineEmpty ? 0 : size + 1;
      if (byte !== LF || last !== CR) isLineEmpty = isEnd;
      last = byte;
    }
    return size;
  };
}
