/** Closing a run when the host is told to stop. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `close` when the process gets a signal to end, then lets the signal have its usual effect,
 * unless somebody else listens to it too; and `abandon` when the process exits without waiting.
 * @returns a function that takes the listeners away
 */
export function closeOnExit(close: () => Promise<void>, abandon: () => void): () => void {
  const onSignal = async (signal: NodeJS.Signals) => {
    await close();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('exit', abandon);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off('exit', abandon);
  };
}
