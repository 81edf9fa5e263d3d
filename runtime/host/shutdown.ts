/** Closing a run when the host is told to stop. */

import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Closing {
  /** Ends everything in good order. */
  close(): Promise<void>;
  /** Ends everything at once, without waiting. */
  abandon(): void;
  /** Told of the signal before anything is closed. */
  onSignal?: ((signal: NodeJS.Signals) => void) | undefined;
}

/** The exit code of a program that a signal ended, as shells count: 130 for SIGINT, 143 for SIGTERM. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/**
 * Closes when the process gets a signal to end, then ends it with `signalExitCode`, unless somebody
 * else listens to the signal too. A second signal, and an exit that does not wait, abandon.
 * @returns a function that takes the listeners away
 */
export function closeOnExit({ close, abandon, onSignal }: Closing): () => void {
  let isClosing = false;
  const listener = async (signal: NodeJS.Signals) => {
    if (isClosing) {
      abandon();
      process.exit(signalExitCode(signal));
    }
    isClosing = true;
    onSignal?.(signal);
    await close();
    stop();
    if (process.listenerCount(signal) === 0) process.exit(signalExitCode(signal));
  };
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, listener);
    process.off('exit', abandon);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  process.on('exit', abandon);
  return stop;
}
