/**
 * Work that several causes may end. Node's own `AbortSignal.any` holds what it joins by weak references
 * only: after a garbage collection nobody is told any more, and the work goes on for ever. Here the causes
 * are listened to until the work is done.
 */

/**
 * Does work with a signal that is aborted with the first of `causes`, or when the time is over.
 *
 * @param timeoutMs after this the signal's reason is a `TimeoutError`; absent: no limit of its own
 */
export async function withSignal<T>(
  causes: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => T | Promise<T>,
  timeoutMs?: number,
): Promise<T> {
  const ending = new AbortController();
  const releases: (() => void)[] = [];
  for (const cause of causes) {
    if (!cause) continue;
    const pass = (): void => ending.abort(cause.reason);
    if (cause.aborted) pass();
    cause.addEventListener('abort', pass, { once: true });
    releases.push(() => cause.removeEventListener('abort', pass));
  }
  if (timeoutMs !== undefined) {
    const late = new DOMException(`No end within ${timeoutMs} ms`, 'TimeoutError');
    const timer = setTimeout(() => ending.abort(late), timeoutMs);
    releases.push(() => clearTimeout(timer));
  }
  try {
    return await work(ending.signal);
  } finally {
    for (const release of releases) release();
  }
}
