/** One text over http: redirects followed one by one, size and time limited, no plain http on open networks. */

import { mayRedirect } from '../../runtime/host/isolation/hosts.js';

export interface Download {
  /** Where the text was in the end. */
  url: string;
  text: string;
  contentType: string;
}

export interface DownloadOptions {
  headers?: Readonly<Record<string, string>>;
  /** Plain http is fine where the content is checked against a hash known beforehand. */
  isPinned?: boolean;
}

/** Why there is no text; the message is a cause, to stand behind "Failed to load …: ". */
export class DownloadError extends Error {
  constructor(
    message: string,
    readonly kind: 'unreachable' | 'missing' | 'refused',
  ) {
    super(message);
  }
}

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const TIMEOUT_MS = 15_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** @throws DownloadError */
export async function download(address: string, options: DownloadOptions = {}): Promise<Download> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const first = new URL(address);
  let url = first;
  for (let hops = 0; ; hops++) {
    checkAddress(url, options);
    const headers = url.origin === first.origin ? options.headers : undefined;
    const response = await request(url, headers, signal);
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null)
      return { url: url.href, text: await readText(response, url), contentType: contentTypeOf(response) };
    await response.body?.cancel();
    if (hops === MAX_REDIRECTS) throw new DownloadError(`more than ${MAX_REDIRECTS} redirects`, 'refused');
    if (!URL.canParse(location, url.href))
      throw new DownloadError(`${url.host} redirects to what is no address`, 'refused');
    const next = new URL(location, url);
    if (!mayRedirect(url.hostname, next.hostname))
      throw new DownloadError(
        `${url.host} redirects to ${next.host}, an address of this machine or its link`,
        'refused',
      );
    url = next;
  }
}

async function request(
  url: URL,
  headers: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, {
      redirect: 'manual',
      signal,
      headers: { accept: 'text/plain, text/*, application/json', 'user-agent': 'mlldc', ...headers },
    });
  } catch (error) {
    throw unreachable(url, error);
  }
}

async function readText(response: Response, url: URL): Promise<string> {
  if (!response.ok) {
    await response.body?.cancel();
    const kind = response.status >= 500 || response.status === 429 ? 'unreachable' : 'missing';
    throw new DownloadError(
      `${url.host} answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}`,
      kind,
    );
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > MAX_BYTES)
        throw new DownloadError(`the answer is larger than ${MAX_BYTES / 1024 / 1024} MB`, 'refused');
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof DownloadError ? error : unreachable(url, error);
  }
  if (contentTypeOf(response) === 'text/html')
    throw new DownloadError('the answer is a web page, not a module', 'missing');
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function contentTypeOf(response: Response): string {
  return (response.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
}

/** What comes over plain http can be anyone's: it is code. */
function checkAddress(url: URL, { isPinned }: DownloadOptions): void {
  if (url.username || url.password) throw new DownloadError('an address must not contain credentials', 'refused');
  if (url.protocol === 'https:' || (url.protocol === 'http:' && (isPinned || isLoopback(url.hostname)))) return;
  throw new DownloadError(
    url.protocol === 'http:'
      ? 'code is not loaded over plain http unless mlld-lock.json has its hash'
      : `${url.protocol} addresses are not loaded`,
    'refused',
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}

function unreachable(url: URL, error: unknown): DownloadError {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError')
    return new DownloadError(`no complete answer from ${url.host} within ${TIMEOUT_MS / 1000} s`, 'unreachable');
  const reason = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message;
  return new DownloadError(`${url.host} cannot be reached (${reason})`, 'unreachable');
}
