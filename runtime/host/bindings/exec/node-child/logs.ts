/**
 * What bodies print (language.md 5.5), kept apart for requests that overlap. Part of the child's
 * program: see source.ts for what that means.
 */

/** One request that is being served. */
export interface Call {
  logs: string[];
  /** Answers the request with an error. */
  fail(error: unknown): void;
}

/** @param current the request the running code belongs to */
export function captureLogs(load: NodeJS.Require, current: () => Call | undefined): void {
  const { inspect } = load('node:util') as typeof import('node:util');

  function textOf(value: unknown): string {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return value.stack ?? String(value);
    if (typeof value !== 'object' || value === null) return String(value);
    try {
      return JSON.stringify(value, null, 2) ?? String(value);
    } catch {
      return inspect(value);
    }
  }

  function log(...args: unknown[]): void {
    const line = args.map(textOf).join(' ');
    const call = current();
    if (call) call.logs.push(line);
    else process.stderr.write(`${line}\n`);
  }
  console.log = log;
  console.info = log;
  console.debug = log;

  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    const call = current();
    if (!call) return write(chunk as string, ...(rest as []));
    call.logs.push((typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()).replace(/\n$/, ''));
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  }) as typeof process.stdout.write;
}
