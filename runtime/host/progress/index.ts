/** Whether a run shows its progress, and the status line's coming and going. */

import type { Console } from '../bindings/console/console.js';
import type { Activity } from './activity.js';

/** What takes shorter shows nothing. */
const DELAY_MS = 500;
const REDRAW_MS = 100;

/**
 * True where a person watches: standard error is a terminal that can move its cursor, and neither
 * `NO_COLOR`, `CI` nor `--quiet` asks for plain output.
 */
export function isWatched(quiet: boolean, env: NodeJS.ProcessEnv, isTerminal: boolean | undefined): boolean {
  return isTerminal === true && !quiet && !env.NO_COLOR && !isSet(env.CI) && env.TERM !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());
}

/**
 * Shows a status line while something has been under way for a while. What draws it is loaded when
 * it is first needed.
 * @returns a function that takes it away for good
 */
export function showProgress(activity: Activity, console: Console): () => void {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const appear = async () => {
    const { StatusLine } = await import('./status-line.js');
    if (over) return;
    console.cover(new StatusLine(process.stderr, activity));
    const redraw = () => console.refresh();
    timer = setInterval(redraw, REDRAW_MS).unref();
    activity.listen(() => {
      if (isIdle(activity)) redraw();
    });
    redraw();
  };
  activity.listen(() => {
    if (isIdle(activity)) {
      clearTimeout(timer);
      timer = undefined;
    } else timer ??= setTimeout(() => void appear(), DELAY_MS).unref();
  });
  return () => {
    over = true;
    clearTimeout(timer);
    activity.listen(undefined);
    console.cover(undefined);
  };
}

function isIdle(activity: Activity): boolean {
  return activity.tasks.length === 0 && activity.progress.length === 0;
}
