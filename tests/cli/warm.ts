/**
 * The command line without the start of a process: what matters to many tests is what a script does
 * and not how the process around it begins and ends. One process a test file runs them in turn.
 */

import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Outcome } from './harness.js';

export type Said = Pick<Outcome, 'code' | 'stdout' | 'stderr'>;

interface Waiting {
  resolve(said: Said): void;
  reject(error: Error): void;
}

let child: ChildProcess | undefined;
const waiting = new Map<number, Waiting>();
let nextId = 0;

afterAll(() => {
  child?.kill();
});

/** Runs `mlldc` with these arguments in this directory, with nothing on its standard input. */
export function warm(args: readonly string[], { cwd }: { cwd: string }): Promise<Said> {
  child ??= begin();
  const id = nextId++;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    child!.send({ id, cwd, args });
  });
}

function begin(): ChildProcess {
  const started = fork(path.join(import.meta.dirname, 'warm.mjs'), {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  started.on('message', ({ id, ...said }: Said & { id: number }) => {
    waiting.get(id)?.resolve(said);
    waiting.delete(id);
  });
  started.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`The process of the tests ended: ${code ?? signal}`));
    waiting.clear();
    child = undefined;
  });
  return started;
}
