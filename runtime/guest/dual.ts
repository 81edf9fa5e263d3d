/**
 * One implementation, two drivers. Code that may have to wait is written once as a generator that
 * yields promises; a program region the compiler proved synchronous drives it without ever
 * yielding, every other region awaits what it yields.
 */

export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** Waits for `value` when it is a promise. Use as `yield* wait(value)`. */
export function* wait<T>(value: T | PromiseLike<T>): Steps<T> {
  return isPromise(value) ? ((yield value) as T) : (value as T);
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise;
}

/** Drives steps that never wait. */
export function runSync<T>(steps: Steps<T>): T {
  const { done, value } = steps.next();
  if (!done) throw new Error('internal: a region compiled as synchronous had to wait');
  return value as T;
}

/** Drives steps that may wait. */
export async function runAsync<T>(steps: Steps<T>): Promise<T> {
  let next = steps.next();
  while (!next.done) {
    let settled: unknown;
    try {
      settled = await next.value;
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(settled);
  }
  return next.value;
}

/** The two forms of one function: synchronous and asynchronous. */
export function dual<A extends unknown[], T>(
  steps: (...args: A) => Steps<T>,
): [(...args: A) => T, (...args: A) => Promise<T>] {
  return [(...args) => runSync(steps(...args)), (...args) => runAsync(steps(...args))];
}
