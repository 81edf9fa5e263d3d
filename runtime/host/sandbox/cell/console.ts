/** The console of a cell. Like every function of this folder it is evaluated inside the cell, as text. */

/** Receives one finished line. */
export interface ConsoleSink {
  log(line: string): void;
  error(line: string): void;
}

export type ConsoleFactory = (sink: ConsoleSink) => object;

/**
 * Makes consoles that write lines to a sink: `log` and its kin to the call's captured output
 * (language.md 5.5), `error`, `warn` and `trace` to its stderr. Arguments are joined by a blank,
 * objects are pretty printed.
 */
export function consoleFactory(): ConsoleFactory {
  const { stringify } = JSON;
  const { apply } = Reflect;
  const { toString: functionText } = Function.prototype;
  const text = String;
  const error = Error;

  function format(value: unknown): string {
    if (typeof value === 'string') return value;
    if (typeof value === 'function') return apply(functionText, value, []);
    if (typeof value !== 'object' || value === null) return text(value);
    if (value instanceof error) return text(value);
    try {
      return stringify(value, null, 2) ?? text(value);
    } catch {
      // Cyclic, or with a member that JSON has no form for.
      return text(value);
    }
  }

  function line(args: unknown[]): string {
    let result = '';
    for (let i = 0; i < args.length; i++) result += (i > 0 ? ' ' : '') + format(args[i]);
    return result;
  }

  const nothing = () => {};

  return (sink) => {
    const log = (...args: unknown[]) => sink.log(line(args));
    const error = (...args: unknown[]) => sink.error(line(args));
    const first = (value: unknown) => sink.log(format(value));
    return {
      log,
      info: log,
      debug: log,
      dir: first,
      table: first,
      error,
      warn: error,
      trace: error,
      assert: (ok: unknown, ...args: unknown[]) => {
        if (!ok) sink.error(`Assertion failed${args.length > 0 ? `: ${line(args)}` : ''}`);
      },
      group: log,
      groupCollapsed: log,
      groupEnd: nothing,
      time: nothing,
      timeEnd: nothing,
      timeLog: nothing,
      count: nothing,
      countReset: nothing,
      clear: nothing,
    };
  };
}
