/** `net.fetch`: loading a URL (language.md 9.1, 9.2, 9.4). */

import { mayRedirect, publicLookup } from '../../isolation/hosts.js';
import type { Subject } from '../../monitor/index.js';
import { withSignal } from '../../signals.js';
import { MAX_TIMER, type Services } from '../services.js';
import { type BindingContext, type BindingsOf, HostError } from '../types.js';
import { get, type Response } from './request.js';

/** Where a name's owner may not send us. */
const LOOKUP = publicLookup();

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function networkBindings(services: Services): BindingsOf<'net'> {
  return {
    'net.fetch': {
      subjects: (args) => [urlSubject(parseUrl(args.url))],
      async run(args, context) {
        const timeout = Math.min(args.timeout ?? services.limits.network, MAX_TIMER);
        try {
          return await withSignal(
            [context.signal],
            async (signal) => {
              const { response, url } = await follow(parseUrl(args.url), signal, context);
              const body = await readBody(response, services.limits.file, url);
              return { value: await describe(response, url, body), mark: { sources: [args.url] } };
            },
            timeout,
          );
        } catch (error) {
          throw failure(error, args.url, timeout);
        }
      },
    },
  };
}

/** Follows redirects one by one, because each target is a host the policy has a say about. */
async function follow(
  start: URL,
  signal: AbortSignal,
  context: BindingContext,
): Promise<{ response: Response; url: URL }> {
  let url = start;
  for (let hops = 0; ; hops++) {
    const response = await get(url, signal, LOOKUP);
    const location = REDIRECTS.has(response.status) ? response.header('location') : null;
    if (location === null) return { response, url };
    response.discard();
    if (hops === MAX_REDIRECTS)
      throw refused('NETWORK_REDIRECTS', `Failed to load URL: ${start.href}\n\nMore than ${MAX_REDIRECTS} redirects`);
    const next = parseUrl(new URL(location, url).href);
    if (!mayRedirect(url.hostname, next.hostname))
      throw refused(
        'NETWORK_LOCAL_ADDRESS',
        `Failed to load URL: ${start.href}\n\n${url.host} redirects to ${next.host}, an address of this machine or its link`,
      );
    url = next;
    await context.permit(urlSubject(url));
  }
}

/** The place a URL names, for the monitor. */
export function urlSubject(url: URL): Subject {
  return { kind: 'url', url: url.href, host: url.host };
}

/** @throws HostError NETWORK_URL_INVALID for anything but http and https without credentials */
export function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw refused('NETWORK_URL_INVALID', `Not a URL: ${text}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused('NETWORK_URL_INVALID', `Only http and https URLs can be loaded: ${text}`);
  if (url.username || url.password)
    throw refused('NETWORK_URL_INVALID', `A URL must not contain credentials: ${url.host}`);
  return url;
}

async function readBody(response: Response, limit: number, url: URL): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limit)
      throw refused(
        'NETWORK_TOO_LARGE',
        `Failed to load URL: ${url.href}\n\nThe response is larger than ${limit} bytes`,
      );
    chunks.push(chunk);
  }
  return decoderFor(response.header('content-type')).decode(Buffer.concat(chunks));
}

function decoderFor(contentType: string | null): { decode(bytes: Uint8Array): string } {
  const charset = /charset="?([^\s;"]+)/i.exec(contentType ?? '')?.[1];
  try {
    return new TextDecoder(charset ?? 'utf-8');
  } catch {
    return new TextDecoder('utf-8');
  }
}

async function describe(response: Response, url: URL, body: string) {
  const contentType = (response.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  const page = {
    url: url.href,
    domain: url.hostname,
    status: response.status,
    ok: response.status >= 200 && response.status < 300,
    contentType,
  };
  if (contentType !== 'text/html' && contentType !== 'application/xhtml+xml') return { ...page, text: body };
  const { htmlToMarkdown } = await import('../files/html.js');
  const { markdown, metadata } = htmlToMarkdown(body, `Failed to load URL: ${url.href}`);
  return { ...page, ...metadata, text: markdown, html: body };
}

function refused(code: string, message: string): HostError {
  return new HostError('Mlld', code, message);
}

function failure(error: unknown, url: string, timeout: number): unknown {
  if (!(error instanceof Error) || error instanceof HostError || 'denial' in error) return error;
  if (error.name === 'LocalAddressError')
    return refused('NETWORK_LOCAL_ADDRESS', `Failed to load URL: ${url}\n\n${error.message}`);
  if (error.name === 'TimeoutError')
    return refused('NETWORK_TIMEOUT', `Failed to load URL: ${url}\n\nNo complete answer within ${timeout} ms`);
  const cause = error.message || (error as NodeJS.ErrnoException).code;
  return refused('NETWORK_FAILED', `Failed to load URL: ${url}\n\n${cause}`);
}
