import v8 from 'node:v8';
import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { withSignal } from '../../../runtime/host/signals.js';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** Settles when the signal ends it, and holds the signal no stronger than work outside of JavaScript does. */
function ended(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));
}

/** Some rounds in which everything that nobody holds goes away. */
async function collectAll(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    collect();
  }
}

describe('work that several causes may end', () => {
  test('is told of the first of them, also after a garbage collection', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const work = withSignal([first.signal, undefined, second.signal], ended);
    await collectAll();
    second.abort('second');
    first.abort('first');
    expect(await work).toBe('second');
  });

  test('has its time, also after a garbage collection', async () => {
    const work = withSignal([new AbortController().signal], ended, 50);
    await collectAll();
    expect(await work).toMatchObject({ name: 'TimeoutError' });
  });

  test('is told at once of what has happened already', async () => {
    expect(await withSignal([AbortSignal.abort('before')], (signal) => signal.reason)).toBe('before');
  });

  test('is forgotten when it is done', async () => {
    const cause = new AbortController();
    let signal: AbortSignal | undefined;
    await withSignal(
      [cause.signal],
      (given) => {
        signal = given;
      },
      5,
    );
    cause.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(signal!.aborted).toBe(false);
  });
});
