/** Timers of a cell. Like every function of this folder it is evaluated inside the cell, as text. */

type Fn = (...args: never[]) => unknown;

export interface TimerQueue {
  setTimeout(fn: unknown, delay?: unknown, ...args: unknown[]): number;
  setInterval(fn: unknown, delay?: unknown, ...args: unknown[]): number;
  setImmediate(fn: unknown, ...args: unknown[]): number;
  clearTimer(id: unknown): void;
  /** Fires one due timer: `fired`, or the milliseconds until the next, or `''` without timers. */
  tick(): string;
}

/**
 * A queue of timers in the order they are due. It never fires anything by itself: the host calls
 * `tick` and sleeps in between.
 */
export function timerQueue(onError: (error: unknown) => void): TimerQueue {
  interface Timer {
    id: number;
    due: number;
    /** Milliseconds between firings; 0: fires once. */
    every: number;
    fn: Fn;
    args: unknown[];
    before: Timer | undefined;
    after: Timer | undefined;
  }

  const { apply } = Reflect;
  const { now } = Date;
  const number = Number;
  const text = String;
  const typeError = TypeError;
  const timers: Record<number, Timer> = Object.create(null);
  let first: Timer | undefined;
  let last: Timer | undefined;
  let nextId = 1;

  /** From the end: most timers are due after all that are there already. */
  function insert(timer: Timer): void {
    let before = last;
    while (before && before.due > timer.due) before = before.before;
    timer.before = before;
    timer.after = before ? before.after : first;
    if (timer.after) timer.after.before = timer;
    else last = timer;
    if (before) before.after = timer;
    else first = timer;
    timers[timer.id] = timer;
  }

  function remove(timer: Timer): void {
    delete timers[timer.id];
    if (timer.before) timer.before.after = timer.after;
    else first = timer.after;
    if (timer.after) timer.after.before = timer.before;
    else last = timer.before;
  }

  function start(fn: unknown, delay: unknown, isRepeated: boolean, args: unknown[]): number {
    if (typeof fn !== 'function') throw new typeError('The "callback" argument must be of type function.');
    const given = number(delay);
    const wait = given >= 1 && given <= 0x7fffffff ? given : 1;
    const id = nextId++;
    insert({
      id,
      due: now() + wait,
      every: isRepeated ? wait : 0,
      fn: fn as Fn,
      args,
      before: undefined,
      after: undefined,
    });
    return id;
  }

  function clearTimer(id: unknown): void {
    const timer = timers[number(id)];
    if (timer) remove(timer);
  }

  function tick(): string {
    const timer = first;
    if (!timer) return '';
    const wait = timer.due - now();
    if (wait > 0) return text(wait);
    remove(timer);
    if (timer.every > 0) {
      timer.due = now() + timer.every;
      insert(timer);
    }
    try {
      apply(timer.fn, undefined, timer.args as never);
    } catch (error) {
      onError(error);
    }
    return 'fired';
  }

  return {
    setTimeout: (fn, delay, ...args) => start(fn, delay, false, args),
    setInterval: (fn, delay, ...args) => start(fn, delay, true, args),
    setImmediate: (fn, ...args) => start(fn, 0, false, args),
    clearTimer,
    tick,
  };
}
