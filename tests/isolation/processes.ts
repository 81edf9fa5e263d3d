/** Helpers of tests that look at real processes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** True while a process with exactly these arguments runs. */
export function running(args: string): boolean {
  return execFileSync('ps', ['-eo', 'args'])
    .toString()
    .split('\n')
    .some((line) => line.trim() === args);
}

/** Waits until the condition holds, at most about eight seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 160; tries++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts a Node process of its own that may import the project's TypeScript sources by URL. */
export function startNode(file: string): ChildProcess {
  const register = pathToFileURL(path.resolve('tests/isolation/register-typescript.mjs')).href;
  return spawn(process.execPath, ['--import', register, file], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The URL of a source file, for scripts given to `startNode`. */
export function sourceUrl(file: string): string {
  return pathToFileURL(path.resolve(file)).href;
}
